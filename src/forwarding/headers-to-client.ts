import type { ResponseHead } from '../http1/response-head.ts'
import { connectionOptions, headerKind } from '../http/header-kind.ts'

/** What the head of a response to a client needs besides the response of the backend. */
export interface ClientHop {
  /** The body goes in chunks, whatever its framing was. */
  readonly isChunked: boolean
  /** The line that names the request, with its end, or nothing. The gateway's word: a backend's own is dropped, as by Envoy. */
  readonly requestIdLine: string
  /** Of the connection to the client, each with its end. */
  readonly connectionLines: string
  /** What owners' hooks have set, each line with its end. */
  readonly hookLines: string
}

/** What of a response's head goes into that of another one; all of `ResponseHead`, or the gateway's own. */
export type HeadFields = Pick<ResponseHead, 'statusCode' | 'reason' | 'rawHeaders'>

/**
 * The head of a response as its client gets it, as one latin1 string: names in their case, values in their bytes. What
 * belongs to the hop between gateway and backend stays there, `Connection: close` among it.
 */
export function clientHead ({ statusCode, reason, rawHeaders }: HeadFields, { isChunked, requestIdLine, connectionLines, hookLines }: ClientHop): string {
  const named = namedByConnection(rawHeaders)
  let text = `HTTP/1.1 ${statusCode} ${reason}\r\n${hookLines}`
  let hasDate = hookLines !== '' && /^date:/im.test(hookLines)
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    switch (headerKind(name)) {
      case 'connection':
      case 'hop-by-hop':
      case 'te':
      case 'transfer-encoding':
      case 'proxy':
      case 'request-id':
        continue
      case 'trailer':
        // Only the last chunk can be followed by trailers.
        if (!isChunked) continue
        break
      case 'content-length':
        // RFC 9110 section 8.6: none in a 204
        if (statusCode === 204) continue
        break
      default:
        if (named?.has(name.toLowerCase())) continue
    }
    hasDate ||= name.length === 4 && name.toLowerCase() === 'date'
    text += `${name}: ${rawHeaders[i + 1]}\r\n`
  }
  // RFC 9110 section 6.6.1: who forwards a response without a date gives it one.
  if (!hasDate) text += `Date: ${new Date().toUTCString()}\r\n`
  if (isChunked) text += 'Transfer-Encoding: chunked\r\n'
  return `${text}${requestIdLine}${connectionLines}\r\n`
}

/**
/**
 * The same for a 101, whose `Connection` and `Upgrade` are its point, and for other informational responses. `lines` are the
 * gateway's and those of owners' hooks, each with its end.
 */
export function informationalHead ({ statusCode, reason, rawHeaders }: HeadFields, lines = ''): string {
  const isSwitch = statusCode === 101
  const named = isSwitch ? undefined : namedByConnection(rawHeaders)
  let head = `HTTP/1.1 ${statusCode} ${reason}\r\n${lines}`
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    const kind = headerKind(name)
    if (kind === 'transfer-encoding' || kind === 'content-length' || kind === 'proxy' || kind === 'request-id') continue
    if (!isSwitch && (kind === 'connection' || kind === 'hop-by-hop' || kind === 'te' || named?.has(name.toLowerCase()))) continue
    head += `${name}: ${rawHeaders[i + 1]}\r\n`
  }
  return `${head}\r\n`
}

/** The lines of trailer fields, without those that would change how the message is understood (RFC 9110 section 6.5.1). */
export function trailerLines (rawTrailers: readonly string[]): string {
  let lines = ''
  for (let i = 0; i < rawTrailers.length; i += 2) {
    const name = rawTrailers[i] as string
    if (headerKind(name) !== 'end-to-end' || forbiddenInTrailers.has(name.toLowerCase())) continue
    lines += `${name}: ${rawTrailers[i + 1]}\r\n`
  }
  return lines
}

const forbiddenInTrailers = new Set([
  'authorization', 'cache-control', 'content-encoding', 'content-range', 'content-type', 'cookie', 'date', 'expect', 'expires',
  'location', 'max-forwards', 'pragma', 'proxy-authenticate', 'proxy-authorization', 'range', 'retry-after', 'set-cookie', 'vary',
  'warning', 'www-authenticate'
])

function namedByConnection (rawHeaders: readonly string[]): ReadonlySet<string> | undefined {
  let options = ''
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (name.length !== 10 || headerKind(name) !== 'connection') continue
    options = options === '' ? rawHeaders[i + 1] as string : `${options},${rawHeaders[i + 1]}`
  }
  return options === '' ? undefined : connectionOptions(options)
}
