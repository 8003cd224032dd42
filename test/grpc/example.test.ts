import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'

interface Run {
  readonly stdout: () => string
  readonly stderr: () => string
  readonly exitCode: Promise<number | null>
  readonly end: () => void
}

/** Runs a file of examples/grpc/ or another one of the project, seen from dist/test/grpc/. */
function run (t: TestContext, file: string, ...args: string[]): Run {
  const child = spawn(process.execPath, [fileURLToPath(new URL(file, new URL('../../../examples/grpc/', import.meta.url))), ...args], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  t.after(() => { child.kill('SIGKILL') })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (piece) => { stdout += piece })
  child.stderr.setEncoding('utf8').on('data', (piece) => { stderr += piece })
  const exitCode = new Promise<number | null>((resolve) => { child.once('close', resolve) })
  return { stdout: () => stdout, stderr: () => stderr, exitCode, end: () => { child.kill('SIGTERM') } }
}

test('the client of the example greets its server, in one language and in all', async (t) => {
  const server = run(t, 'server.js', '0')
  const target = await until('the server to listen', () => /listens on (\S+)\n/.exec(server.stdout())?.[1])
  const name = `Ada ${'x'.repeat(200)}`
  const client = run(t, 'client.js', target, name)
  assert.deepEqual([await client.exitCode, client.stderr()], [0, ''])
  const greetings = ['Hello', 'Hello', 'Hello', 'Hello', 'Hello', 'Bonjour', 'Guten Tag', 'Hola', 'Ciao']
  assert.deepEqual(client.stdout().trimEnd().split('\n'), greetings.map((greeting) => `${greeting} ${name}, from ${target}`))
  server.end()
  assert.deepEqual([await server.exitCode, server.stderr()], [0, ''])
  const late = run(t, 'client.js', target)
  assert.equal(await late.exitCode, 1)
  assert.match(late.stderr(), /^status 14: /)
})

test('the client of the example greets a demo backend too, which ends while it is connected', async (t) => {
  const server = run(t, '../../dist/src/demo/cli.js', '--grpc', '--port', '0', '--name', '7')
  const target = await until('the server to listen', () => /listens on h2c:\/\/(\S+),/.exec(server.stdout())?.[1])
  const client = run(t, 'client.js', target)
  assert.deepEqual([await client.exitCode, client.stderr()], [0, ''])
  const greetings = ['Hello', 'Hello', 'Hello', 'Hello', 'Hello', 'Bonjour', 'Guten Tag', 'Hola', 'Ciao']
  assert.deepEqual(client.stdout().trimEnd().split('\n'), greetings.map((greeting) => `${greeting} Ada from server 7`))
  const gateway = await startGateway(t, { BACKENDS: `h2c://${target};check=grpc` })
  await until('its check to pass', () => gateway.app.services.inRotation === 1)
  server.end()
  assert.deepEqual([await server.exitCode, server.stderr()], [0, ''])
})
