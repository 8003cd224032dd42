import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { atEnd } from './at-end.ts'

/** Starts an HTTP server in the test, which passes health checks. It ends after what was started later: the gateway, a browser. */
export async function startHttpServer (t: TestContext, listener: RequestListener): Promise<{ url: string, server: Server }> {
  const server = createServer((req, res) => {
    if (req.url === '/health') res.end()
    else listener(req, res)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  atEnd(t, () => new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections()
  }))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}
