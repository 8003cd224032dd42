import { Fields } from '../http/fields.ts'
import type { RequestHead } from '../http/heads.ts'
import { methods } from '../http/methods.ts'
import { settledHead } from '../http/settled-head.ts'
import { isToken } from '../http/token.ts'
import { connectionFields } from './connection-fields.ts'
import { MalformedMessage } from './malformed.ts'

export interface Http2Request {
  /**
   * As of HTTP/1.1: of CONNECT and unknown methods, of a request without a host, and of one whose hosts differ, `isMalformed` is true;
   * it gets 400.
   */
  readonly head: RequestHead
  readonly body: 'none' | 'length' | 'stream'
  /** What Content-Length says, or -1. The DATA must add up to it (RFC 9113 section 8.1.1). */
  readonly contentLength: number
  /** Of an extended CONNECT (RFC 8441 section 4): what the stream is to carry. Its head is that of the GET which asks for the same. */
  readonly protocol: string | undefined
}

/** RFC 9113 section 8.3.1, RFC 8441 section 4. */
const pseudoHeaders = new Set([':method', ':scheme', ':path', ':authority', ':protocol'])

/** Of other methods nobody knows what they do to a request: it gets 400, as by HTTP/1.1. */
const passingMethods: ReadonlySet<string> = new Set(methods)

const text = /^[\t\x20-\x7e\x80-\xff]*$/
const blankAround = /^[\t ]|[\t ]$/
const path = /^[\x21-\x7e]+$/
/** A proxy that took the request by TLS may say so on a connection without it, and the other way round: nothing follows from it. */
const anyScheme = /^https?$/i
/** Fewer digits than a number can hold exactly. */
const decimal = /^\d{1,15}$/

/** Makes a request of its decoded fields (RFC 9113 sections 8.2 and 8.3). Throws a MalformedMessage. */
export function http2Request (raw: readonly string[], isEnd: boolean): Http2Request {
  const pseudo = new Map<string, string>()
  const fields: string[] = []
  let cookieAt = -1
  let contentLength = -1
  let host: string | undefined

  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!
    const value = raw[i + 1]!
    if (name.startsWith(':')) {
      if (!text.test(value) || blankAround.test(value)) throw new MalformedMessage('invalid-field-value')
      if (!pseudoHeaders.has(name) || pseudo.has(name) || i !== 2 * pseudo.size) throw new MalformedMessage('invalid-pseudo-header')
      pseudo.set(name, value)
      continue
    }
    checkField(name, value)
    if (name === 'content-length') contentLength = readContentLength(value, contentLength)
    if (name === 'host' && host === undefined && isSameHost(value, pseudo.get(':authority'))) {
      host = value
    } else if (name === 'cookie' && cookieAt !== -1) { // Section 8.2.3
      fields[cookieAt] += `; ${value}`
    } else {
      fields.push(name, value)
      if (name === 'cookie') cookieAt = fields.length - 1
    }
  }
  if (isEnd && contentLength > 0) throw new MalformedMessage('invalid-content-length')

  const authority = pseudo.get(':authority')
  const protocol = pseudo.get(':protocol')
  // What follows is of another protocol: for a body that never comes, a backend would take the next request.
  if (protocol !== undefined && contentLength !== -1) throw new MalformedMessage('invalid-content-length')
  const all = Fields.from(authority === undefined ? fields : ['host', authority, ...fields])
  const body = isEnd || contentLength === 0 || protocol !== undefined ? 'none' : contentLength > 0 ? 'length' : 'stream'
  const head = settledHead(...startOf(pseudo), '2', all)
  return { head: passingMethods.has(head.method) ? head : { ...head, isMalformed: true }, body, contentLength, protocol }
}

/** The trailers of its decoded fields. Throws a MalformedMessage: for pseudo-headers too (RFC 9113 section 8.1). */
export function http2Trailers (raw: readonly string[]): Fields {
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!
    if (name.startsWith(':')) throw new MalformedMessage('invalid-pseudo-header')
    checkField(name, raw[i + 1]!)
  }
  return Fields.from(raw)
}

/** `before`: of another field of this name, or -1. Throws a MalformedMessage. */
export function readContentLength (value: string, before: number): number {
  if (before !== -1 || !decimal.test(value)) throw new MalformedMessage('invalid-content-length')
  return Number(value)
}

/** Sections 8.2.1 and 8.2.2. Throws a MalformedMessage. */
export function checkField (name: string, value: string): void {
  if (!isToken(name) || /[A-Z]/.test(name)) throw new MalformedMessage('invalid-field-name')
  if (!text.test(value) || blankAround.test(value)) throw new MalformedMessage('invalid-field-value')
  if (connectionFields.has(name) || (name === 'te' && value !== 'trailers')) throw new MalformedMessage('connection-field')
}

/** One that says the same as `:authority` need not be said twice; one that differs stays, and makes the request malformed. */
function isSameHost (host: string, authority: string | undefined): boolean {
  return authority !== undefined && host.toLowerCase() === authority.toLowerCase()
}

/** The method and the target. */
function startOf (pseudo: ReadonlyMap<string, string>): [method: string, target: string] {
  const method = pseudo.get(':method')
  const target = pseudo.get(':path')
  if (method === undefined) throw new MalformedMessage('invalid-pseudo-header')
  if (!isToken(method)) throw new MalformedMessage('invalid-method')
  if (pseudo.has(':protocol') && method !== 'CONNECT') throw new MalformedMessage('invalid-pseudo-header')
  if (method === 'CONNECT' && !pseudo.has(':protocol')) { // Section 8.5
    const authority = pseudo.get(':authority')
    if (authority === undefined || pseudo.size !== 2) throw new MalformedMessage('invalid-pseudo-header')
    return [method, authority]
  }
  const scheme = pseudo.get(':scheme')
  if (target === undefined || scheme === undefined) throw new MalformedMessage('invalid-pseudo-header')
  if (!anyScheme.test(scheme)) throw new MalformedMessage('invalid-scheme')
  const isRightForm = target.startsWith('/') || (target === '*' && method === 'OPTIONS')
  if (!isRightForm || !path.test(target)) throw new MalformedMessage('invalid-path')
  return [method === 'CONNECT' ? 'GET' : method, target]
}
