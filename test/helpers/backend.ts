import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

/** A backend that runs in the test. */
export interface TestBackend {
  readonly url: string
  readonly port: number
  readonly server: Server
  /** What it was asked, in order, without health checks. */
  readonly requests: IncomingMessage[]
}

/** Starts "a backend that …": `startBackend(t, answers('a'))`. Health checks pass unless `isHealthy` says otherwise. */
export async function startBackend (t: TestContext, behaviour: RequestListener, isHealthy: () => boolean = () => true): Promise<TestBackend> {
  const requests: IncomingMessage[] = []
  const server = createServer((req, res) => {
    if (req.url === '/health') {
      res.statusCode = isHealthy() ? 200 : 503
      res.end()
      return
    }
    requests.push(req)
    behaviour(req, res)
  })
  await listen(server)
  t.after(() => new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections()
  }))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port, server, requests }
}

export function answers (body: string): RequestListener {
  return (_req: IncomingMessage, res: ServerResponse) => { res.end(body) }
}

/** The url of a port at which nobody listens: one that was bound and let go. */
export async function refusedUrl (): Promise<string> {
  const server = createServer()
  await listen(server)
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

function listen (server: Server): Promise<void> {
  return new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve) })
}
