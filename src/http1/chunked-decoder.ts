import { Fields } from '../http/fields.ts'
import { CR, FieldScanner, INCOMPLETE, LF } from './field-scanner.ts'
import { MessageError } from './message-error.ts'
import { SectionBuffer } from './section-buffer.ts'

const SIZE = 0
const EXTENSION = 1
const SIZE_LF = 2
const DATA = 3
const DATA_CR = 4
const DATA_LF = 5
const TRAILERS = 6
const DONE = 7

const SEMICOLON = 59
const MAX_SIZE_DIGITS = 16

/** RFC 9112 section 7.1.1, without the white space that only bad senders put around `;` and `=`. */
const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const QUOTED = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t \\x21-\\x7e\\x80-\\xff])*"'
const EXTENSION_LINE = new RegExp(`^(?:;${TOKEN}(?:=(?:${TOKEN}|${QUOTED}))?)+\\r\\n$`)

const trailerScanner = new FieldScanner()

export interface ChunkedLimits {
  /** Of the trailer section, with the empty line that ends it. */
  readonly maxTrailerBytes: number
  readonly maxTrailers: number
  /** Of all chunk extensions of one body together. */
  readonly maxChunkExtensionBytes: number
}

/**
 * Decodes the chunked coding (RFC 9112 section 7.1) without copying: each call of `advance` goes through the bytes up to
 * the end of the next piece of data, or the end of the bytes at hand, or the end of the body.
 */
export class ChunkedDecoder {
  /** How many bytes of data end where the last `advance` ended. */
  dataLength = 0

  /** Unfiltered. */
  trailers = Fields.none

  readonly #limits: ChunkedLimits
  #state = SIZE
  #remaining = 0
  #digits = 0
  #extension = ''
  #extensionBytes = 0
  #trailerSection: SectionBuffer | null = null

  constructor (limits: ChunkedLimits) {
    this.#limits = limits
  }

  get isDone (): boolean {
    return this.#state === DONE
  }

  /** Makes the decoder ready for another body. */
  reset (): void {
    this.dataLength = 0
    this.trailers = Fields.none
    this.#beginSize()
    this.#extension = ''
    this.#extensionBytes = 0
    this.#trailerSection = null
  }

  /** Returns the position it got to. */
  advance (chunk: Buffer, from: number): number {
    this.dataLength = 0
    let at = from
    while (at < chunk.length) {
      switch (this.#state) {
        case SIZE:
          at = this.#readSize(chunk, at)
          break
        case EXTENSION:
          at = this.#readExtension(chunk, at)
          break
        case SIZE_LF:
          if (chunk[at++] !== LF) throw new MessageError('invalid-chunk-size')
          this.#endSizeLine()
          break
        case DATA: {
          const length = Math.min(this.#remaining, chunk.length - at)
          this.#remaining -= length
          if (this.#remaining === 0) this.#state = DATA_CR
          this.dataLength = length
          return at + length
        }
        case DATA_CR:
          if (chunk[at++] !== CR) throw new MessageError('invalid-chunk-end')
          this.#state = DATA_LF
          break
        case DATA_LF:
          if (chunk[at++] !== LF) throw new MessageError('invalid-chunk-end')
          this.#beginSize()
          break
        case TRAILERS:
          at = this.#readTrailers(chunk, at)
          break
        default:
          return at
      }
    }
    return at
  }

  #beginSize (): void {
    this.#state = SIZE
    this.#remaining = 0
    this.#digits = 0
  }

  #readSize (chunk: Buffer, from: number): number {
    let at = from
    for (; at < chunk.length; at++) {
      const byte = chunk[at]!
      const digit = hexDigit(byte)
      if (digit === -1) {
        if (this.#digits === 0 || (byte !== CR && byte !== SEMICOLON)) throw new MessageError('invalid-chunk-size')
        this.#state = byte === CR ? SIZE_LF : EXTENSION
        return byte === CR ? at + 1 : at
      }
      this.#remaining = this.#remaining * 16 + digit
      if (++this.#digits > MAX_SIZE_DIGITS || this.#remaining > Number.MAX_SAFE_INTEGER) throw new MessageError('invalid-chunk-size')
    }
    return at
  }

  /** Extensions are checked and dropped: RFC 9112 section 7.1.1 lets a proxy do so. They are kept until their line is whole. */
  #readExtension (chunk: Buffer, from: number): number {
    const lf = chunk.indexOf(LF, from)
    const end = lf === -1 ? chunk.length : lf + 1
    this.#extensionBytes += end - from
    if (this.#extensionBytes > this.#limits.maxChunkExtensionBytes) throw new MessageError('chunk-extensions-too-large')
    this.#extension += chunk.toString('latin1', from, end)
    if (lf !== -1) {
      if (!EXTENSION_LINE.test(this.#extension)) throw new MessageError('invalid-chunk-extension')
      this.#extension = ''
      this.#endSizeLine()
    }
    return end
  }

  #endSizeLine (): void {
    this.#state = this.#remaining > 0 ? DATA : TRAILERS
  }

  /** RFC 9112 section 7.1.2. */
  #readTrailers (chunk: Buffer, at: number): number {
    const { maxTrailerBytes, maxTrailers } = this.#limits
    if (this.#trailerSection === null) {
      if (chunk[at] === CR && chunk[at + 1] === LF) {
        this.#state = DONE
        return at + 2
      }
      this.#trailerSection = new SectionBuffer(maxTrailerBytes)
    }
    const section = this.#trailerSection
    const end = section.take(chunk, at)
    if (section.isOpen) return end

    const sectionEnd = trailerScanner.scan(section.bytes, 0, section.length, maxTrailers, 0)
    if (sectionEnd === INCOMPLETE) throw new MessageError('trailers-too-large')
    const { count, end: fieldsEnd, marks } = trailerScanner
    if (count > 0) this.trailers = new Fields(section.bytes.toString('latin1', 0, fieldsEnd), 0, fieldsEnd, count, marks)
    this.#trailerSection = null
    this.#state = DONE
    return end
  }
}

function hexDigit (byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const letter = byte | 0x20
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}
