import type { Backend } from '../backends/backend.ts'
import { MARK } from '../http/fields.ts'
import {
  CONTENT_LENGTH, DATE, EXPECT, FORWARDED, FORWARDED_FOR, FORWARDED_HOST, FORWARDED_PORT, FORWARDED_PROTO, HOST, TE, TRAILER, VIA
} from '../http/header-kind.ts'
import type { RequestHead } from '../http/heads.ts'
import { connectionNames, isPlain, linesBetween, plainLine } from '../http/section-lines.ts'
import { replacePrefix } from '../routing/path-edit.ts'
import type { Peer } from '../downstream/trust.ts'
import { droppedBy, prefixLine, type HeadEdits } from './head-edits.ts'

/** What the head of a request to a backend needs besides the client's request. */
export interface BackendHop {
  readonly requestId: string
  /** The body goes in chunks; else as Content-Length says, or there is none. */
  readonly isChunked: boolean
  /** The protocols to offer, if any. */
  readonly upgrade: string | undefined
  /** Its host is used when the client names none: HTTP/1.0 knows no Host, and HTTP/1.1 demands one. */
  readonly backend: Pick<Backend, 'url' | 'spec'>
  /** What the route changes. */
  readonly edits?: HeadEdits | undefined
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
  const { edits } = hop
  const connection = connectionNames(fields)
  const named = edits === undefined ? connection : droppedBy(edits.request, connection)
  const target = edits?.path === undefined ? head.target : replacePrefix(head.target, edits.path)
  let out = `${head.method} ${target} HTTP/1.1\r\n`
  const keepsHost = host !== undefined && edits?.host === undefined
  if (!keepsHost) out += `Host: ${edits?.host?.type === 'name' ? edits.host.name : hop.backend.url.host}\r\n`
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
        passes = keepsHost
        break
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
        acceptsTrailers ||= (head.version === '2' || connection?.has('te') === true) &&
          /\btrailers\b/i.test(text.slice(marks[i + 2], marks[i + 3]))
    }
    if (passes && named === undefined && isPlain(fields, i)) continue
    out += linesBetween(text, runStart, marks[i + 1]!, named)
    if (passes) out += plainLine(fields, i)
    runStart = marks[i + 4]!
  }
  out += linesBetween(text, runStart, fields.end, named)

  out += `X-Forwarded-For: ${forwardedFor}${peer.address}\r\n`
  // What the gateway says of an untrusted peer, or of a trusted one that says nothing itself.
  if ((says & SAYS_PROTO) === 0) out += `X-Forwarded-Proto: ${peer.isSecure ? 'https' : 'http'}\r\n`
  if (peer.localPort !== undefined && (says & SAYS_PORT) === 0) out += `X-Forwarded-Port: ${peer.localPort}\r\n`
  if (host !== undefined && (says & SAYS_HOST) === 0) out += `X-Forwarded-Host: ${host}\r\n`
  if (peer.certificate !== undefined) out += peer.certificate.forwardedLine
  if (edits !== undefined) out += prefixLine(head.target, edits.path) + (edits.request?.lines ?? '')
  out += `X-Request-Id: ${hop.requestId}\r\nVia: ${via}${head.version} ${pseudonym}\r\n`
  if (hop.isChunked) out += 'Transfer-Encoding: chunked\r\n'
  if (hop.upgrade !== undefined) return `${out}Connection: Upgrade\r\nUpgrade: ${hop.upgrade}\r\n\r\n`
  // Its connection has told it who the client is, and carries no other request.
  if (hop.backend.spec.sendProxy !== undefined) return `${out}Connection: close${acceptsTrailers ? ', TE\r\nTE: trailers' : ''}\r\n\r\n`
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
