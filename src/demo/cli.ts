import { parseArgs } from 'node:util'
import { createDemoBackend, listen } from './demo-backend.ts'
import { createGrpcDemoBackend } from './grpc-demo-backend.ts'

const usage = 'usage: npm run demo:backend -- --port 3000 --name 1 [--host 127.0.0.1] [--or-next] [--grpc]'

const options = readOptions()
const { server, closeIdleConnections } = options.grpc ? createGrpcDemoBackend(options.name) : createDemoBackend(options.name)

try {
  const port = await listen(server, options)
  const url = `${options.grpc ? 'h2c' : 'http'}://${options.host}:${port}`
  console.log(`demo backend "server ${options.name}" listens on ${url}, pid ${process.pid}`)
  process.send?.({ port })
} catch (error) {
  fail(`demo backend "server ${options.name}": ${error instanceof Error ? error.message : String(error)}`)
}

process.on('SIGTERM', end)
if (process.send === undefined) {
  process.on('SIGINT', end)
} else {
  // Started by the gateway: Ctrl-C signals the whole process group, but this process is needed until the gateway has drained.
  process.on('SIGINT', () => {})
  process.on('disconnect', end)
}

function end (): void {
  server.close(() => { process.exit(0) })
  closeIdleConnections()
}

function readOptions (): { host: string, port: number, name: string, orNext: boolean, grpc: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '3000' },
        name: { type: 'string', default: '1' },
        'or-next': { type: 'boolean', default: false },
        grpc: { type: 'boolean', default: false }
      }
    })
    const port = Number(values.port)
    if (!Number.isInteger(port) || port < 0 || port > 65_535) fail(`--port ${values.port} is not a port\n${usage}`)
    return { host: values.host, port, name: values.name, orNext: values['or-next'], grpc: values.grpc }
  } catch (error) {
    fail(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
  }
}

function fail (line: string): never {
  console.error(line)
  process.exit(1)
}
