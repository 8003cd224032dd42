import { createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { TestContext } from 'node:test'
import { listen } from './backend.ts'

type OnStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void

export interface Http2Backend {
  url: string
  /** Connections that requests have come by. */
  sessions: number
  /** Of each request but checks. */
  readonly seen: IncomingHttpHeaders[]
}

/** A backend that speaks HTTP/2 by prior knowledge, by Node's own implementation. */
export async function startHttp2Backend (t: TestContext, onStream: OnStream, settings = {}): Promise<Http2Backend> {
  const server = createServer({ settings })
  const started: Http2Backend = { url: '', sessions: 0, seen: [] }
  const sessions = new Set<{ destroy (): void }>()
  const used = new Set<object>()
  server.on('session', (session) => {
    sessions.add(session)
    session.on('error', () => {})
  })
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    if (headers[':path'] === '/health') {
      stream.respond({ ':status': 200 })
      stream.end()
      return
    }
    if (stream.session !== undefined) used.add(stream.session)
    started.sessions = used.size
    started.seen.push(headers)
    onStream(stream, headers)
  })
  started.url = `h2c://127.0.0.1:${await listen(server)}`
  t.after(() => {
    server.close()
    for (const session of sessions) session.destroy()
  })
  return started
}

export function answer (stream: ServerHttp2Stream, body = 'from h2'): void {
  stream.respond({ ':status': 200, 'content-length': body.length })
  stream.end(body)
}
