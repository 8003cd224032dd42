import type { ServerResponse } from 'node:http'

/** What Node's response keeps of itself; private to Node, see `sendWhole`. */
interface NodeResponse extends ServerResponse {
  _header: string | null
  _headerSent: boolean
}

/** Longer bodies cost more as text than a second piece of memory in the same write. */
const maxTextBytes = 16_384

/** Whether `sendWhole` may answer: a plain HTTP/1.1 exchange that keeps its connection, with nothing to add. */
export function canSendWhole (res: ServerResponse, body: Buffer | undefined, hasHeadersOfHooks: boolean): boolean {
  return !hasHeadersOfHooks && res.shouldKeepAlive && res.req.httpVersionMinor === 1 && res.socket !== null &&
    (body === undefined || body.length <= maxTextBytes)
}

/**
 * Sends a response whose body is at hand as one piece of text. Node's way, `writeHead` and `end`, formats each header
 * again and writes three pieces; this is a fifth of what a small response costs. It sets `_header`, as `writeHead` itself
 * does, so that Node takes the head for written. A test holds this against both versions of Node that are supported.
 */
export function sendWhole (res: ServerResponse, statusCode: number, head: string, body: Buffer | undefined): void {
  const response = res as NodeResponse
  response.statusCode = statusCode
  response._header = head
  response._headerSent = true
  res.socket?.write(body === undefined ? head : head + body.toString('latin1'), 'latin1')
  res.end()
}

/** What a response says of a connection that is kept so long, as Node's own server says it. */
export function keepAliveLines (timeoutMs: number): string {
  return `Connection: keep-alive\r\n${timeoutMs >= 1000 ? `Keep-Alive: timeout=${Math.floor(timeoutMs / 1000)}\r\n` : ''}`
}
