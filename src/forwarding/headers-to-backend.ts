import type { IncomingMessage } from 'node:http'
import { connectionOptions, headerKind } from '../http/header-kind.ts'
import { peerOf, type Trust } from '../downstream/trust.ts'

export interface RequestHeadOptions {
  readonly trust: Trust
  /** A name for this process in `Via`, by which it knows its own requests when they come back. */
  readonly pseudonym: string
}

export interface SentRequest {
  readonly req: IncomingMessage
  /** The target as the backend gets it. */
  readonly path: string
  readonly requestId: string
}

/** How the request that the gateway sends differs in framing from being without a body. */
export interface RequestFraming {
  readonly isChunked: boolean
  readonly isUpgrade: boolean
}

/**
 * The head of the request to a backend, as one latin1 string. Header names keep their case, values their bytes, and the
 * order is the client's; what the gateway sets itself comes last, and no `Connection` header of a client can remove it.
 * `backendHost` is used when the client names no host.
 */
export function requestHead ({ req, path, requestId }: SentRequest, framing: RequestFraming, backendHost: string, options: RequestHeadOptions): string {
  const peer = peerOf(req.socket, options.trust)
  const { rawHeaders } = req
  const named = req.headers.connection === undefined ? undefined : connectionOptions(req.headers.connection)
  let head = `${req.method} ${path} HTTP/1.1\r\n`
  // HTTP/1.0 knows no Host, and HTTP/1.1 demands one.
  if (req.headers.host === undefined) head += `Host: ${backendHost}\r\n`
  let host: string | undefined
  let via = ''
  let forwardedFor = ''
  let saysForwarded = ''
  let acceptsTrailers = false

  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    const value = rawHeaders[i + 1] as string
    const kind = headerKind(name)
    switch (kind) {
      case 'host':
        host = value
        head += `${name}: ${value}\r\n`
        break
      case 'via':
        via += `${value}, `
        break
      case 'forwarded-for':
        if (peer.isTrusted) forwardedFor += `${value}, `
        break
      case 'forwarded':
        if (!peer.isTrusted) break
        saysForwarded += name.toLowerCase()
        head += `${name}: ${value}\r\n`
        break
      case 'te':
        acceptsTrailers = named?.has('te') === true && /\btrailers\b/i.test(value)
        break
      case 'request-id':
      case 'look-alike':
      case 'connection':
      case 'hop-by-hop':
      case 'transfer-encoding':
      case 'proxy':
      case 'explain':
        break
      case 'content-length':
        // That of the client's body, where a hook has put another one in its place.
        if (!framing.isChunked) head += `${name}: ${value}\r\n`
        break
      case 'trailer':
        if (framing.isChunked && named?.has('trailer') !== true) head += `${name}: ${value}\r\n`
        break
      case 'end-to-end':
        if (named !== undefined && isOfConnection(name.toLowerCase(), named)) break
        head += `${name}: ${value}\r\n`
        break
      default:
        kind satisfies never
    }
  }

  head += `X-Forwarded-For: ${forwardedFor}${peer.address}\r\n`
  // What the gateway says of an untrusted peer, or of a trusted one that says nothing itself.
  if (!saysForwarded.includes('x-forwarded-proto')) head += 'X-Forwarded-Proto: http\r\n'
  if (peer.localPort !== undefined && !saysForwarded.includes('x-forwarded-port')) head += `X-Forwarded-Port: ${peer.localPort}\r\n`
  if (host !== undefined && !saysForwarded.includes('x-forwarded-host')) head += `X-Forwarded-Host: ${host}\r\n`
  head += `X-Request-Id: ${requestId}\r\nVia: ${via}${req.httpVersion} ${options.pseudonym}\r\n`
  if (framing.isChunked) head += 'Transfer-Encoding: chunked\r\n'
  if (framing.isUpgrade) head += `Connection: Upgrade\r\nUpgrade: ${req.headers.upgrade}\r\n\r\n`
  else head += acceptsTrailers ? 'Connection: TE\r\nTE: trailers\r\n\r\n' : '\r\n'
  return head
}

/** Nothing that the gateway itself goes by can belong to the client's connection. */
function isOfConnection (name: string, named: ReadonlySet<string>): boolean {
  return named.has(name) && name !== 'expect'
}

/** Whether this request has been through this gateway already. */
export function isLoop (req: IncomingMessage, pseudonym: string): boolean {
  const { via } = req.headers
  return via !== undefined && via.includes(pseudonym)
}
