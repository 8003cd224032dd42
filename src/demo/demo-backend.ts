import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo, Server } from 'node:net'

export interface DemoBackend<S extends Server = Server> {
  readonly server: S
  /** Of others, each ends with what is in flight on it. */
  closeIdleConnections (): void
}

/** A small server for trying the gateway out: it responds with its name and is always healthy. */
export function createDemoBackend (name: string): DemoBackend<HttpServer> {
  const server = createServer((req, res) => {
    const path = req.url?.split('?', 1)[0]
    res.setHeader('content-type', 'text/plain; charset=utf-8')
    if (path === '/health' || path === '/healthcheck') res.end('Server is healthy\n')
    else res.end(`Hello from server ${name}\n`)
  })
  return { server, closeIdleConnections: () => { server.closeIdleConnections() } }
}

/** Listens on `port`, or with `orNext` on the next free port above it. Resolves with the port. */
export async function listen (server: Server, { host, port, orNext }: { host: string, port: number, orNext: boolean }): Promise<number> {
  for (;;) {
    try {
      return await listenOn(server, host, port)
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
      if (!isTaken || !orNext || port === 65_535) throw error
      port++
    }
  }
}

function listenOn (server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}
