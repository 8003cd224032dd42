import { ENTRY_OVERHEAD, SearchedTable } from './dynamic-table.ts'
import { huffmanLength, writeHuffman } from './huffman.ts'
import { STATIC_LENGTH, fieldKey, staticIndexOf, staticNameIndexOf } from './static-table.ts'

/** RFC 7541 section 7.1.3: a table would let an attacker who adds fields of his own guess these. */
const secretNames = new Set(['authorization', 'proxy-authorization'])

/** Guessed as well where they are short, as there is little to guess; long ones gain most from the table. */
const cookieNames = new Set(['cookie', 'set-cookie'])
const SHORT_COOKIE = 20

/** Their values are hardly ever sent twice, and would only drive others out of the table. */
const passingNames = new Set([
  ':path', 'age', 'content-length', 'content-range', 'etag', 'expires', 'if-modified-since', 'if-none-match', 'last-modified', 'location',
  'range', 'set-cookie', 'traceparent', 'x-request-id'
])

const none: readonly number[] = []

/** Encodes the field blocks of one direction of a connection. Blocks must be sent in the order in which they were made. */
export class HpackEncoder {
  readonly #maxTableSize: number
  readonly #table: SearchedTable
  /** The smallest size since the last block that the other side has to be told of, or -1 (RFC 7541 section 4.2). */
  #smallest = -1
  #target = Buffer.allocUnsafe(1024)
  #at = 0

  /** `maxTableSize` bounds what the other side may ask for; it begins with the 4096 of RFC 9113 section 6.5.2. */
  constructor (maxTableSize = 4096) {
    this.#maxTableSize = maxTableSize
    this.#table = new SearchedTable(4096)
    this.limitTable(4096)
  }

  /** The other side's SETTINGS_HEADER_TABLE_SIZE. */
  limitTable (maxSize: number): void {
    const size = Math.min(maxSize, this.#maxTableSize)
    if (size === this.#table.maxSize) return
    this.#smallest = this.#smallest === -1 ? size : Math.min(size, this.#smallest)
    this.#table.resize(size)
  }

  /**
   * Encodes [name, value, …]: names in lower case, latin1. `neverIndexed` has the places of names that came as such. Throws a
   * RangeError for characters beyond latin1.
   */
  encode (raw: readonly string[], neverIndexed: readonly number[] = none): Buffer {
    this.#at = 0
    if (this.#smallest !== -1) {
      this.#reserve(12)
      if (this.#smallest < this.#table.maxSize) this.#integer(0x20, 0x1f, this.#smallest)
      this.#integer(0x20, 0x1f, this.#table.maxSize)
      this.#smallest = -1
    }
    for (let i = 0; i < raw.length; i += 2) this.#field(raw[i]!, raw[i + 1]!, neverIndexed.includes(i))
    return Buffer.from(this.#target.subarray(0, this.#at))
  }

  #field (name: string, value: string, neverIndexed: boolean): void {
    const isSecret = neverIndexed || secretNames.has(name) || (value.length < SHORT_COOKIE && cookieNames.has(name))
    if (isSecret) return this.#literal(0x10, 0x0f, name, value)
    const key = fieldKey(name, value)
    const index = staticIndexOf(key) || STATIC_LENGTH + 1 + this.#table.placeOf(key)
    if (index !== STATIC_LENGTH) {
      this.#reserve(6)
      return this.#integer(0x80, 0x7f, index)
    }
    const size = name.length + value.length + ENTRY_OVERHEAD
    if (passingNames.has(name) || size > this.#table.maxSize / 2) return this.#literal(0, 0x0f, name, value)
    this.#literal(0x40, 0x3f, name, value)
    this.#table.add(name, value)
  }

  #literal (kind: number, mask: number, name: string, value: string): void {
    this.#reserve(6)
    const index = staticNameIndexOf(name) || STATIC_LENGTH + 1 + this.#table.placeOfName(name)
    if (index !== STATIC_LENGTH) {
      this.#integer(kind, mask, index)
    } else {
      this.#target[this.#at++] = kind
      this.#string(name)
    }
    this.#string(value)
  }

  #string (text: string): void {
    const huffman = huffmanLength(text)
    this.#reserve(6 + text.length)
    if (huffman < text.length) {
      this.#integer(0x80, 0x7f, huffman)
      this.#at = writeHuffman(text, this.#target, this.#at)
    } else {
      this.#integer(0, 0x7f, text.length)
      this.#at += this.#target.write(text, this.#at, 'latin1')
    }
  }

  /** RFC 7541 section 5.1. */
  #integer (kind: number, mask: number, value: number): void {
    if (value < mask) {
      this.#target[this.#at++] = kind | value
      return
    }
    this.#target[this.#at++] = kind | mask
    let rest = value - mask
    for (; rest >= 0x80; rest >>>= 7) this.#target[this.#at++] = 0x80 | (rest & 0x7f)
    this.#target[this.#at++] = rest
  }

  #reserve (bytes: number): void {
    if (this.#at + bytes <= this.#target.length) return
    const wider = Buffer.allocUnsafe(Math.max(2 * this.#target.length, this.#at + bytes))
    this.#target.copy(wider, 0, 0, this.#at)
    this.#target = wider
  }
}
