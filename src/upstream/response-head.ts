import { isValueByte, readFields } from './fields.ts'
import { ResponseError } from './response-error.ts'

/** How the end of a body is known (RFC 9112 section 6.3). */
export type Framing = 'none' | 'length' | 'chunked' | 'close'

export interface ResponseHead {
  /** 100 to 599. */
  readonly statusCode: number
  readonly reason: string
  /** Names and values in turn, as they came, latin1. */
  readonly rawHeaders: string[]
  readonly httpMinor: 0 | 1
  readonly framing: Framing
  /** As declared, also where there is no body; -1 when it is not. */
  readonly contentLength: number
  /** The backend will take another request on this connection. */
  readonly keepAlive: boolean
  /** How long it says that it keeps an idle connection, in ms; -1 when it does not say. */
  readonly keepAliveTimeoutMs: number
}

/**
 * Reads the head that lies from `start` to `end` of `bytes`, the empty line not included. Throws a `ResponseError` for
 * whatever is not plainly HTTP/1.x; what cannot be framed for certain is refused, not repaired.
 */
export function readHead (bytes: Buffer, start: number, end: number, method: string, maxFields: number): ResponseHead {
  const lineEnd = bytes.indexOf('\r\n', start, 'latin1')
  const httpMinor = readVersion(bytes, start, lineEnd)
  const statusCode = readStatus(bytes, start, lineEnd)
  const reason = readReason(bytes, start + 12, lineEnd)
  const rawHeaders = readFields(bytes, lineEnd + 2, end, maxFields)

  let contentLength = -1
  let isChunked = false
  let isKeptAlive = httpMinor === 1
  let keepAliveTimeoutMs = -1
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    // Told apart by length first: most names are none of these.
    if (name.length !== 14 && name.length !== 10 && name.length !== 17) continue
    const value = rawHeaders[i + 1] as string
    switch (name.toLowerCase()) {
      case 'content-length':
        if (contentLength !== -1) throw new ResponseError('bad-content-length')
        contentLength = readContentLength(value)
        break
      case 'transfer-encoding':
        // Of the codings only chunked frames a message, and a client would not learn of the others.
        if (isChunked || httpMinor === 0 || value.toLowerCase() !== 'chunked') throw new ResponseError('bad-transfer-encoding')
        isChunked = true
        break
      case 'connection':
        if (lists(value, 'close')) isKeptAlive = false
        else if (httpMinor === 0 && lists(value, 'keep-alive')) isKeptAlive = true
        break
      case 'keep-alive':
        keepAliveTimeoutMs = readTimeoutMs(value)
    }
  }
  if (isChunked && contentLength !== -1) throw new ResponseError('bad-transfer-encoding')

  const isBodiless = method === 'HEAD' || statusCode < 200 || statusCode === 204 || statusCode === 304
  const framing = isBodiless ? 'none' : isChunked ? 'chunked' : contentLength === -1 ? 'close' : 'length'
  const keepAlive = isKeptAlive && framing !== 'close'
  return { statusCode, reason, rawHeaders, httpMinor, framing, contentLength, keepAlive, keepAliveTimeoutMs }
}

/** `HTTP/1.` was seen by the parser, as far as it came. */
function readVersion (bytes: Buffer, start: number, lineEnd: number): 0 | 1 {
  const minor = (bytes[start + 7] as number) - 0x30
  if (lineEnd < start + 12 || (minor !== 0 && minor !== 1) || bytes[start + 8] !== 0x20) throw new ResponseError('bad-status-line')
  return minor
}

function readStatus (bytes: Buffer, start: number, lineEnd: number): number {
  const hundreds = (bytes[start + 9] as number) - 0x30
  const tens = (bytes[start + 10] as number) - 0x30
  const ones = (bytes[start + 11] as number) - 0x30
  const isStatus = hundreds >= 1 && hundreds <= 5 && tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9
  // The reason may be missing together with the space before it: many servers send it so.
  if (!isStatus || (lineEnd > start + 12 && bytes[start + 12] !== 0x20)) throw new ResponseError('bad-status-line')
  return hundreds * 100 + tens * 10 + ones
}

function readReason (bytes: Buffer, start: number, lineEnd: number): string {
  for (let at = start; at < lineEnd; at++) {
    if (isValueByte[bytes[at] as number] === 0) throw new ResponseError('bad-status-line')
  }
  return lineEnd > start ? bytes.toString('latin1', start + 1, lineEnd) : ''
}

/** One number of digits. A repeated one, even when equal, is refused: nobody who means well sends it. */
function readContentLength (value: string): number {
  const length = Number(value)
  if (!/^[0-9]+$/.test(value) || !Number.isSafeInteger(length)) throw new ResponseError('bad-content-length')
  return length
}

function readTimeoutMs (value: string): number {
  const seconds = /(?:^|[,;\s])timeout=([0-9]{1,9})(?:$|[,;\s])/i.exec(value)?.[1]
  return seconds === undefined ? -1 : Number(seconds) * 1000
}

function lists (value: string, option: string): boolean {
  const lower = value.toLowerCase()
  return lower === option || (lower.includes(option) && lower.split(',').some((item) => item.trim() === option))
}
