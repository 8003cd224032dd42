import { Fields, MARK } from '../http/fields.ts'
import { CONNECTION, CONTENT_LENGTH, KEEP_ALIVE, TRANSFER_ENCODING, UPGRADE, kindOfName } from '../http/header-kind.ts'
import { CR, FieldScanner, INCOMPLETE, LF, SP, isTextByte, lineEnd } from './field-scanner.ts'
import { MessageError } from './message-error.ts'
import { SAYS_CLOSE, SAYS_KEEP_ALIVE, SAYS_UPGRADE, connectionOptions, contentLengthOf, keepAliveTimeoutOf } from './framing-fields.ts'

/** Where the body ends: there is none, behind `contentLength` bytes, behind the last chunk, at the end of the connection. */
export type Framing = 'none' | 'length' | 'chunked' | 'close'

/** A response head as a backend sent it: a `ResponseHead` of src/http/heads.ts, with what the connection must know of it. */
export interface ParsedResponse {
  /** 100 to 599. */
  readonly statusCode: number
  /** As it was sent, latin1; may be empty. */
  readonly reason: string
  /** Only a repeated Content-Length is made one (RFC 9110 section 8.6), so that nobody can read it in another way. */
  readonly fields: Fields
  readonly httpMinor: 0 | 1
  /** Whether the connection may carry another exchange once this response is complete. */
  readonly keepAlive: boolean
  /** What `Keep-Alive: timeout=` says, or -1. */
  readonly keepAliveTimeoutMs: number
  readonly framing: Framing
  /** What Content-Length says, or -1. For HEAD and 304 it is there without a body. */
  readonly contentLength: number
}

class ReadResponse implements ParsedResponse {
  readonly statusCode: number
  readonly reason: string
  readonly fields: Fields
  readonly httpMinor: 0 | 1
  readonly keepAlive: boolean
  readonly keepAliveTimeoutMs: number
  readonly framing: Framing
  readonly contentLength: number

  constructor (
    statusCode: number, reason: string, fields: Fields, httpMinor: 0 | 1,
    keepAlive: boolean, keepAliveTimeoutMs: number, framing: Framing, contentLength: number
  ) {
    this.statusCode = statusCode
    this.reason = reason
    this.fields = fields
    this.httpMinor = httpMinor
    this.keepAlive = keepAlive
    this.keepAliveTimeoutMs = keepAliveTimeoutMs
    this.framing = framing
    this.contentLength = contentLength
  }
}

/** How a status line begins, byte by byte: each from the lowest to the highest. */
const LOWEST = Buffer.from('HTTP/1.0 000', 'latin1')
const HIGHEST = Buffer.from('HTTP/1.1 999', 'latin1')
const ZERO = 48

/** Scans a response head without making strings, then makes the head of it. One is enough for all connections. */
export class HeadScanner {
  readonly #fields = new FieldScanner()
  #httpMinor: 0 | 1 = 1
  #statusCode = 0
  #fieldsStart = 0
  #reasonStart = 0
  #reasonEnd = 0
  #lastKeepAlive = ''
  #lastKeepAliveTimeoutMs = -1

  /** Returns the position behind the head, or INCOMPLETE. */
  scan (bytes: Uint8Array, from: number, end: number, maxFields: number): number {
    const fieldsStart = this.#scanStatusLine(bytes, from, end)
    this.#fieldsStart = fieldsStart - from
    return fieldsStart === INCOMPLETE ? INCOMPLETE : this.#fields.scan(bytes, fieldsStart, end, maxFields, from)
  }

  /** RFC 9112 section 4. The SP behind the code may be missing together with the reason, as many servers have it. */
  #scanStatusLine (bytes: Uint8Array, from: number, end: number): number {
    let at = from
    for (let i = 0; i < LOWEST.length; i++, at++) {
      if (at === end) return INCOMPLETE
      if (bytes[at]! < LOWEST[i]! || bytes[at]! > HIGHEST[i]!) throw new MessageError('invalid-status-line')
    }
    if (at === end) return INCOMPLETE
    const hundreds = bytes[at - 3]! - ZERO
    if (hundreds < 1 || hundreds > 5) throw new MessageError('invalid-status-code')
    this.#statusCode = hundreds * 100 + (bytes[at - 2]! - ZERO) * 10 + bytes[at - 1]! - ZERO
    this.#httpMinor = bytes[from + 7] === ZERO ? 0 : 1

    let reasonStart = at
    if (bytes[at] === SP) {
      reasonStart = ++at
      while (at < end && isTextByte[bytes[at]!] === 1) at++
      if (at === end) return INCOMPLETE
    }
    if (bytes[at] !== CR && bytes[at] !== LF) throw new MessageError('invalid-status-line')
    this.#reasonStart = reasonStart
    this.#reasonEnd = at
    return lineEnd(bytes, at, end)
  }

  /** Makes the head that was just scanned, and decides where its body ends: RFC 9112 section 6.3. */
  build (bytes: Buffer, from: number, end: number, isHeadRequest: boolean): ParsedResponse {
    const statusCode = this.#statusCode
    const httpMinor = this.#httpMinor
    const { marks, count } = this.#fields
    const text = bytes.toString('latin1', from, end)
    let contentLength = -1
    let isLengthRepeated = false
    let keepAliveTimeoutMs = -1
    let isChunked = false
    let namesProtocol = false
    let options = 0

    for (let i = 0; i < marks.length; i += MARK) {
      const value = text.slice(marks[i + 2], marks[i + 3])
      switch (marks[i]) {
        case CONNECTION:
          options |= connectionOptions(value)
          break
        case KEEP_ALIVE:
          keepAliveTimeoutMs = this.#keepAliveTimeout(value)
          break
        case CONTENT_LENGTH: {
          const length = contentLengthOf(value)
          if (contentLength !== -1 && contentLength !== length) throw new MessageError('invalid-content-length')
          isLengthRepeated ||= contentLength !== -1 || value.includes(',')
          contentLength = length
          break
        }
        case TRANSFER_ENCODING:
          if (isChunked || httpMinor === 0 || value.toLowerCase() !== 'chunked') throw new MessageError('invalid-transfer-encoding')
          isChunked = true
          break
        case UPGRADE:
          namesProtocol ||= value !== ''
      }
    }
    if (isChunked && contentLength !== -1) throw new MessageError('ambiguous-framing')

    let framing: Framing = isChunked ? 'chunked' : contentLength !== -1 ? 'length' : 'close'
    let keepAlive = (options & SAYS_CLOSE) === 0 && (httpMinor === 1 || (options & SAYS_KEEP_ALIVE) !== 0)
    if (statusCode < 200) {
      // A backend that announces a body here may send one: what would it be taken for? (RFC 9112 section 6.1)
      if (isChunked || contentLength > 0) throw new MessageError('invalid-informational')
      if (statusCode === 101) {
        // RFC 9110 section 7.8: a 101 says to which protocol.
        if ((options & SAYS_UPGRADE) === 0 || !namesProtocol) throw new MessageError('invalid-upgrade')
        keepAlive = false
      }
      framing = 'none'
    } else if (statusCode === 204) {
      // Same question, but the answer is whole: nothing more is taken from this connection.
      if (isChunked || contentLength > 0) keepAlive = false
      framing = 'none'
    } else if (isHeadRequest || statusCode === 304) {
      // There are backends that send a body all the same (Python's `do_HEAD = do_GET`), perhaps when the connection has gone on to
      // another request, whose answer it would be taken for. Every HEAD costs a connection, then; a 304 that announces a body does.
      if (isHeadRequest || isChunked || contentLength > 0) keepAlive = false
      framing = 'none'
    } else if (framing === 'close') {
      keepAlive = false
    }
    const reason = text.slice(this.#reasonStart - from, this.#reasonEnd - from)
    let fields = new Fields(text, this.#fieldsStart, this.#fields.end, count, marks)
    if (isLengthRepeated) fields = withOneLength(fields, contentLength)
    return new ReadResponse(statusCode, reason, fields, httpMinor, keepAlive, keepAliveTimeoutMs, framing, contentLength)
  }

  /** A backend says the same in every response. */
  #keepAliveTimeout (value: string): number {
    if (value !== this.#lastKeepAlive) {
      this.#lastKeepAliveTimeoutMs = keepAliveTimeoutOf(value)
      this.#lastKeepAlive = value
    }
    return this.#lastKeepAliveTimeoutMs
  }
}

function withOneLength (fields: Fields, contentLength: number): Fields {
  const raw: string[] = []
  let isWritten = false
  const before = fields.toRaw()
  for (let i = 0; i < before.length; i += 2) {
    const name = before[i] as string
    if (kindOfName(name) !== CONTENT_LENGTH) {
      raw.push(name, before[i + 1] as string)
    } else if (!isWritten) {
      raw.push(name, String(contentLength))
      isWritten = true
    }
  }
  return Fields.from(raw)
}
