import { Fields } from '../http/fields.ts'
import type { ResponseHead } from '../http/heads.ts'
import { reasons } from '../http/reasons.ts'
import { MalformedMessage } from './malformed.ts'
import { checkField, readContentLength } from './request-head.ts'

export interface Http2Response {
  readonly head: ResponseHead
  /** What Content-Length says, or -1. */
  readonly contentLength: number
}

/** Makes a response of its decoded fields (RFC 9113 sections 8.2 and 8.3.2). Throws a MalformedMessage. */
export function http2Response (raw: readonly string[]): Http2Response {
  const [name, status = ''] = raw
  if (name !== ':status' || !/^[1-5]\d\d$/.test(status)) throw new MalformedMessage('invalid-pseudo-header')
  let contentLength = -1
  for (let i = 2; i < raw.length; i += 2) {
    const value = raw[i + 1]!
    checkField(raw[i]!, value)
    if (raw[i] === 'content-length') contentLength = readContentLength(value, contentLength)
  }
  const statusCode = Number(status)
  // Section 8.6: there is no change of protocols.
  if (statusCode === 101) throw new MalformedMessage('invalid-pseudo-header')
  return { head: { statusCode, reason: reasons[statusCode] ?? '', fields: Fields.from(raw.slice(2)) }, contentLength }
}
