import type { ServerResponse } from 'node:http'
import { Socket } from 'node:net'

/** What Node's response keeps of itself; private to Node, see `takeHead`. */
interface NodeResponse extends ServerResponse {
  _header: string | null
  _headerSent: boolean
  _last: boolean
}

/** Longer bodies cost more as text than a second piece of memory in the same write. */
export const maxTextBytes = 16_384

/** Throws where a hook of the owner's has written to the response, and has not kept the request to itself: a second head would be body. */
export function assertNotBegun (res: ServerResponse): void {
  if (res.headersSent) throw new Error('the response has already started: a hook that writes to reply.raw must call reply.hijack()')
}

/**
 * Makes `head`, latin1 with its empty line, the head of this response; Node sends it with what is written first. This is how every
 * head that the gateway writes gets to its client. Node's own way, `writeHead`, has ideas about bytes beyond ASCII, which differ
 * from header to header and throw; and it costs more. It sets `_header`, as `writeHead` does, so that Node takes the head for
 * written, and `_last`, by which Node closes the connection at the end. A test holds this against all supported versions of Node.
 */
export function takeHead (res: ServerResponse, statusCode: number, head: string): void {
  if (!isOnSocket(res)) return giveHead(res, statusCode, head)
  assertNotBegun(res)
  const response = res as NodeResponse
  response.statusCode = statusCode
  response._header = head
  // Node has set it by itself for a client that has ended its side.
  if (!res.shouldKeepAlive) response._last = true
}

/** Sends a response that is at hand as one piece of text, where Node would write three: a fifth of what a small response costs. */
export function sendWhole (res: ServerResponse, statusCode: number, head: string, body: string): void {
  takeHead(res, statusCode, head)
  if (res.socket === null) return // the client has left
  if (!isOnSocket(res)) {
    res.end(body, 'latin1')
    return
  }
  const response = res as NodeResponse
  response._headerSent = true
  res.socket.write(head + body, 'latin1')
  res.end()
}

export const closeLine = 'Connection: close\r\n'

/** What a response says of a connection that is kept so long, as Node's own server says it. */
export function keepAliveLines (timeoutMs: number): string {
  return `Connection: keep-alive\r\n${timeoutMs >= 1000 ? `Keep-Alive: timeout=${Math.floor(timeoutMs / 1000)}\r\n` : ''}`
}

/** False for a response that is made up, as by `inject`: it takes what it is given by the methods that everyone knows, and no bytes of HTTP. */
export function isOnSocket ({ socket }: { readonly socket: unknown }): boolean {
  return socket === null || socket instanceof Socket
}

/** The same head for a response that is not on a socket. */
function giveHead (res: ServerResponse, statusCode: number, head: string): void {
  const [statusLine = '', ...lines] = head.trimEnd().split('\r\n')
  for (const name of res.getHeaderNames()) res.removeHeader(name)
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon)
    if (!/^(?:connection|keep-alive|transfer-encoding)$/i.test(name)) res.appendHeader(name, line.slice(colon + 2))
  }
  res.writeHead(statusCode, statusLine.slice('HTTP/1.1 200 '.length))
}
