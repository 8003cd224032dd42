import type { ResponseHead } from '../upstream/response-head.ts'
import { connectionOptions, headerKind } from './header-kind.ts'

/**
 * The header fields of a response as the client gets them: a flat list, names in their case, values in their bytes. What
 * belongs to the hop between gateway and backend stays there, `Connection: close` among it.
 */
export function responseHeaders ({ rawHeaders, statusCode }: ResponseHead, canHaveTrailers: boolean): string[] {
  const named = namedByConnection(rawHeaders)
  const headers: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    switch (headerKind(name)) {
      case 'connection':
      case 'hop-by-hop':
      case 'te':
      case 'transfer-encoding':
      case 'proxy':
        continue
      case 'trailer':
        if (!canHaveTrailers) continue
        break
      case 'content-length':
        // RFC 9110 section 8.6: none in a 204
        if (statusCode === 204) continue
        break
      default:
        if (named?.has(name.toLowerCase())) continue
    }
    headers.push(name, rawHeaders[i + 1] as string)
  }
  return headers
}

/** The head of a response to a client that keeps its connection, as one latin1 string. */
export function wholeHead (head: ResponseHead, keepAliveLines: string): string {
  const headers = responseHeaders(head, false)
  let text = `HTTP/1.1 ${head.statusCode} ${head.reason}\r\n`
  let hasDate = false
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    hasDate ||= name.length === 4 && name.toLowerCase() === 'date'
    text += `${name}: ${headers[i + 1]}\r\n`
  }
  // RFC 9110 section 6.6.1: who forwards a response without a date gives it one.
  if (!hasDate) text += `Date: ${new Date().toUTCString()}\r\n`
  return `${text}${keepAliveLines}\r\n`
}

/** The same for a 101, whose `Connection` and `Upgrade` are its point, and for other informational responses. */
export function informationalHead ({ statusCode, reason, rawHeaders }: ResponseHead): string {
  const isSwitch = statusCode === 101
  const named = isSwitch ? undefined : namedByConnection(rawHeaders)
  let head = `HTTP/1.1 ${statusCode} ${reason}\r\n`
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    const kind = headerKind(name)
    if (kind === 'transfer-encoding' || kind === 'content-length' || kind === 'proxy') continue
    if (!isSwitch && (kind === 'connection' || kind === 'hop-by-hop' || kind === 'te' || named?.has(name.toLowerCase()))) continue
    head += `${name}: ${rawHeaders[i + 1]}\r\n`
  }
  return `${head}\r\n`
}

/** Trailer fields without those that would change how the message is understood (RFC 9110 section 6.5.1). */
export function passableTrailers (rawTrailers: readonly string[]): string[] {
  const trailers: string[] = []
  for (let i = 0; i < rawTrailers.length; i += 2) {
    const name = rawTrailers[i] as string
    if (headerKind(name) !== 'end-to-end' || forbiddenInTrailers.has(name.toLowerCase())) continue
    trailers.push(name, rawTrailers[i + 1] as string)
  }
  return trailers
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
