import type { IncomingMessage } from 'node:http'
import { MARK } from '../http/fields.ts'
import {
  CONTENT_LENGTH, DATE, EXPECT, FORWARDED, FORWARDED_FOR, FORWARDED_HOST, FORWARDED_PORT, FORWARDED_PROTO, HOST, TE, TRAILER, VIA,
  connectionOptions, headerKind
} from '../http/header-kind.ts'
import type { RequestHead } from '../http/heads.ts'
import { connectionNames, isPlain, linesBetween, plainLine } from '../http/section-lines.ts'
import { peerOf, type Peer, type Trust } from '../downstream/trust.ts'

/** What the head of a request to a backend needs besides the client's request. */
export interface BackendHop {
  readonly requestId: string
  /** The body goes in chunks; else as Content-Length says, or there is none. */
  readonly isChunked: boolean
  /** The protocols to offer, if any. */
  readonly upgrade: string | undefined
  /** Used when the client names no host: HTTP/1.0 knows no Host, and HTTP/1.1 demands one. */
  readonly backendHost: string
}

/** Which of the forwarding fields a trusted peer has set, as bits by their kind. */
const SAYS_PROTO = 1 << FORWARDED_PROTO
const SAYS_HOST = 1 << FORWARDED_HOST
const SAYS_PORT = 1 << FORWARDED_PORT

/**
 * The head of the request to a backend, as one latin1 string, with its request line and its empty line. Lines that nobody asks
 * for pass byte for byte, in runs; what the gateway sets itself comes last, and no `Connection` field of a client can remove it.
 */
export function headersToBackend (head: RequestHead, peer: Peer, hop: BackendHop, { pseudonym }: { readonly pseudonym: string }): string {
  const { fields, host } = head
  const { text, marks } = fields
  const named = connectionNames(fields)
  let out = `${head.method} ${head.target} HTTP/1.1\r\n`
  if (host === undefined) out += `Host: ${hop.backendHost}\r\n`
  let via = ''
  let forwardedFor = ''
  let says = 0
  let acceptsTrailers = false
  let runStart = fields.start

  for (let i = 0; i < marks.length; i += MARK) {
    const kind = marks[i]!
    let passes = false
    switch (kind) {
      case HOST:
      case EXPECT:
        passes = true
        break
      case CONTENT_LENGTH:
        // That of the client's body, where a hook has put another one in its place.
        passes = !hop.isChunked
        break
      case DATE:
        passes = named?.has('date') !== true
        break
      case TRAILER:
        passes = hop.isChunked && named?.has('trailer') !== true
        break
      case FORWARDED_PROTO:
      case FORWARDED_HOST:
      case FORWARDED_PORT:
      case FORWARDED:
        passes = peer.isTrusted
        if (passes) says |= 1 << kind
        break
      case FORWARDED_FOR:
        if (peer.isTrusted) forwardedFor += `${text.slice(marks[i + 2], marks[i + 3])}, `
        break
      case VIA:
        via += `${text.slice(marks[i + 2], marks[i + 3])}, `
        break
      case TE:
        acceptsTrailers ||= named?.has('te') === true && /\btrailers\b/i.test(text.slice(marks[i + 2], marks[i + 3]))
    }
    if (passes && named === undefined && isPlain(fields, i)) continue
    out += linesBetween(text, runStart, marks[i + 1]!, named)
    if (passes) out += plainLine(fields, i)
    runStart = marks[i + 4]!
  }
  out += linesBetween(text, runStart, fields.end, named)

  out += `X-Forwarded-For: ${forwardedFor}${peer.address}\r\n`
  // What the gateway says of an untrusted peer, or of a trusted one that says nothing itself.
  if ((says & SAYS_PROTO) === 0) out += 'X-Forwarded-Proto: http\r\n'
  if (peer.localPort !== undefined && (says & SAYS_PORT) === 0) out += `X-Forwarded-Port: ${peer.localPort}\r\n`
  if (host !== undefined && (says & SAYS_HOST) === 0) out += `X-Forwarded-Host: ${host}\r\n`
  out += `X-Request-Id: ${hop.requestId}\r\nVia: ${via}${head.version} ${pseudonym}\r\n`
  if (hop.isChunked) out += 'Transfer-Encoding: chunked\r\n'
  if (hop.upgrade !== undefined) return `${out}Connection: Upgrade\r\nUpgrade: ${hop.upgrade}\r\n\r\n`
  return acceptsTrailers ? `${out}Connection: TE\r\nTE: trailers\r\n\r\n` : `${out}\r\n`
}

/** Whether this request has been through this gateway already. */
export function isLoop (head: RequestHead, pseudonym: string): boolean {
  const { text, marks } = head.fields
  for (let i = 0; i < marks.length; i += MARK) {
    if (marks[i] === VIA && text.slice(marks[i + 2], marks[i + 3]).includes(pseudonym)) return true
  }
  return false
}

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

/** `isLoop`, for a request of node:http. */
export function isLoopOf (req: IncomingMessage, pseudonym: string): boolean {
  const { via } = req.headers
  return via !== undefined && via.includes(pseudonym)
}
