import { Fields, MARK } from '../http/fields.ts'
import { CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TRANSFER_ENCODING, UPGRADE } from '../http/header-kind.ts'
import type { RequestHead } from '../http/heads.ts'
import { isHost } from '../http/host.ts'
import { settledHead } from '../http/settled-head.ts'
import { FieldScanner, INCOMPLETE } from './field-scanner.ts'
import { SAYS_CLOSE, SAYS_KEEP_ALIVE, SAYS_UPGRADE, connectionOptions, decimalOf } from './framing-fields.ts'
import { MessageError } from './message-error.ts'
import { RequestLine } from './request-line.ts'

/** The head of a request, and what the connection must know of it. */
export interface ParsedRequest {
  /** Of CONNECT, `target` is none that passes, and `isMalformed` is true: it is to be refused before that is looked at. */
  readonly head: RequestHead
  readonly body: 'none' | 'length' | 'stream'
  /** What Content-Length says, or -1. */
  readonly contentLength: number
  /** Whether the connection may carry another exchange after this one. */
  readonly keepAlive: boolean
  /** The client may wait for a 100 before it sends its body (RFC 9110 section 10.1.1). */
  readonly expectsContinue: boolean
  /**
   * The protocols that the client offers to change to, without h2c, which would make its backend answer requests that the
   * gateway has not seen. Undefined for a request that is served as the plain one that it is: before HTTP/1.1, with a body.
   */
  readonly upgrade: string | undefined
}

/** Scans a request head without making strings, then makes the head of it. One is enough for all connections. */
export class RequestHeadScanner {
  readonly #line = new RequestLine()
  readonly #fields = new FieldScanner()
  #fieldsStart = 0

  /** Returns the position after the head, or INCOMPLETE. */
  scan (bytes: Uint8Array, from: number, end: number, maxFields: number): number {
    const fieldsStart = this.#line.scan(bytes, from, end)
    if (fieldsStart === INCOMPLETE) return INCOMPLETE
    this.#fieldsStart = fieldsStart - from
    return this.#fields.scan(bytes, fieldsStart, end, maxFields, from)
  }

  /** Throws if these bytes, the beginning of a head, can be none. */
  checkBeginning (bytes: Uint8Array, end: number): void {
    this.#line.scan(bytes, 0, end)
  }

  /** Makes the head that was just scanned, and decides where its body ends: RFC 9112 section 6.3. */
  build (bytes: Buffer, from: number, end: number): ParsedRequest {
    const { method, httpMinor } = this.#line
    const { marks } = this.#fields
    const text = bytes.toString('latin1', from, end)
    let contentLength = -1
    let isChunked = false
    let options = 0
    let host: string | undefined
    let hosts = 0
    let offersUpgrade = false
    let expectsContinue = false

    for (let i = 0; i < marks.length; i += MARK) {
      switch (marks[i]) {
        case HOST:
          host = text.slice(marks[i + 2], marks[i + 3])
          hosts++
          break
        case CONNECTION:
          options |= connectionOptions(text.slice(marks[i + 2], marks[i + 3]))
          break
        case CONTENT_LENGTH:
          if (contentLength !== -1 || hasTabAfter(text, marks, i)) throw new MessageError('invalid-content-length')
          contentLength = decimalOf(text.slice(marks[i + 2], marks[i + 3]))
          break
        case TRANSFER_ENCODING: {
          const coding = text.slice(marks[i + 2], marks[i + 3])
          if (isChunked || httpMinor === 0 || coding.toLowerCase() !== 'chunked' || hasTabAfter(text, marks, i)) {
            throw new MessageError('invalid-transfer-encoding')
          }
          isChunked = true
          break
        }
        case UPGRADE:
          offersUpgrade = true
          break
        case EXPECT:
          expectsContinue ||= isContinue(text.slice(marks[i + 2], marks[i + 3]))
      }
    }
    if (isChunked && contentLength !== -1) throw new MessageError('ambiguous-framing')

    const fields = new Fields(text, this.#fieldsStart, this.#fields.end, this.#fields.count, marks)
    const hasBody = isChunked || contentLength > 0
    const mayUpgrade = offersUpgrade && !hasBody && httpMinor === 1 && (options & SAYS_UPGRADE) !== 0
    const target = text.slice(this.#line.targetStart - from, this.#line.targetEnd - from)
    const version = httpMinor === 1 ? '1.1' : '1.0'
    const isSettled = this.#line.isPath && hosts === 1 && isHost(host as string)
    return {
      head: isSettled
        ? { method, target, version, host, fields, isMalformed: false }
        : settledHead(method, target, version, fields),
      body: isChunked ? 'stream' : hasBody ? 'length' : 'none',
      contentLength,
      keepAlive: (options & SAYS_CLOSE) === 0 && (httpMinor === 1 || (options & SAYS_KEEP_ALIVE) !== 0),
      expectsContinue: expectsContinue && hasBody && httpMinor === 1,
      upgrade: mayUpgrade ? protocolsOf(fields.joinedOf(UPGRADE) as string) : undefined
    }
  }
}

/** RFC 9110 section 5.6.3 allows it, but there are parsers that do not know `chunked` or a number before it (llhttp). */
function hasTabAfter (text: string, marks: readonly number[], i: number): boolean {
  const tab = text.indexOf('\t', marks[i + 3])
  return tab !== -1 && tab < marks[i + 4]!
}

function isContinue (value: string): boolean {
  return value === '100-continue' || value.toLowerCase().split(',').some((expectation) => expectation.trim() === '100-continue')
}

function protocolsOf (value: string): string | undefined {
  const protocols = value.split(',').map((name) => name.trim()).filter((name) => name !== '' && !/^h2c?$/i.test(name))
  return protocols.length === 0 ? undefined : protocols.join(', ')
}
