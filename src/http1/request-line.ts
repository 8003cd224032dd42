import { methodAt } from '../http/methods.ts'
import { INCOMPLETE, SP, byteTable, isTokenByte, lineEnd } from './field-scanner.ts'
import { MessageError } from './message-error.ts'

/**
 * RFC 3986 leaves out a few of these, such as `|` and `"`, that browsers send all the same. Everything else must be
 * percent-encoded, bytes from 0x80 on included: backends do not agree on what those would mean.
 */
const isTargetByte = byteTable((byte) => byte > SP && byte < 127)

const LOWEST = Buffer.from('HTTP/1.0', 'latin1')
const HIGHEST = Buffer.from('HTTP/1.1', 'latin1')
const ZERO = 48
const SLASH = 47
const HASH = 35

/** The first line of the preface of HTTP/2 (RFC 9113 section 3.4). */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n', 'latin1')
/** How a TLS connection begins: a record of a handshake, of version 3.x (RFC 8446 section 5.1). */
const HANDSHAKE = 0x16
const TLS_MAJOR = 0x03

/** Longer than any method that passes. */
const MAX_METHOD_BYTES = 20

/** Reads a request line (RFC 9112 section 3) without making strings: a method is one of the constants. */
export class RequestLine {
  method = ''
  targetStart = 0
  targetEnd = 0
  /** Whether the target is a path without a fragment, and passes as it is. */
  isPath = false
  httpMinor: 0 | 1 = 1

  /** Returns the position after the line, or INCOMPLETE. */
  scan (bytes: Uint8Array, from: number, end: number): number {
    let at = this.#scanMethod(bytes, from, end)
    if (at === INCOMPLETE) return INCOMPLETE

    this.targetStart = at
    let hasHash = false
    for (let byte; at < end && isTargetByte[byte = bytes[at]!] === 1; at++) if (byte === HASH) hasHash = true
    if (at === end) return INCOMPLETE
    if (bytes[at] !== SP || at === this.targetStart) throw new MessageError('invalid-request-line')
    this.targetEnd = at++
    this.isPath = bytes[this.targetStart] === SLASH && !hasHash

    for (let i = 0; i < LOWEST.length; i++, at++) {
      if (at === end) return INCOMPLETE
      if (bytes[at]! < LOWEST[i]! || bytes[at]! > HIGHEST[i]!) throw new MessageError('invalid-version')
    }
    if (at === end) return INCOMPLETE
    this.httpMinor = bytes[at - 1] === ZERO ? 0 : 1
    return lineEnd(bytes, at, end)
  }

  /** Returns the position after the space that ends the method. */
  #scanMethod (bytes: Uint8Array, from: number, end: number): number {
    const limit = Math.min(end, from + MAX_METHOD_BYTES)
    let at = from
    while (at < limit && isTokenByte[bytes[at]!] === 1) at++
    if (at === end) return INCOMPLETE
    if (bytes[at] === SP) {
      const method = methodAt(bytes, from, at)
      if (method !== undefined) {
        this.method = method
        return at + 1
      }
    }
    return this.#refuseMethod(bytes, from, end)
  }

  /** Tells from garbage what speaks another protocol, so that it can be told so. */
  #refuseMethod (bytes: Uint8Array, from: number, end: number): typeof INCOMPLETE {
    if (bytes[from] === HANDSHAKE) {
      if (from + 1 === end) return INCOMPLETE
      if (bytes[from + 1] === TLS_MAJOR) throw new MessageError('tls-hello')
    }
    for (let i = 0; bytes[from + i] === PREFACE[i]; i++) {
      if (i === PREFACE.length - 1) throw new MessageError('http2-preface')
      if (from + i + 1 === end) return INCOMPLETE
    }
    throw new MessageError('invalid-method')
  }
}
