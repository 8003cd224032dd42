import { DynamicTable, ENTRY_OVERHEAD } from './dynamic-table.ts'
import { HpackError } from './hpack-error.ts'
import { decodeHuffman } from './huffman.ts'
import { STATIC_LENGTH, staticFields } from './static-table.ts'

export interface DecoderLimits {
  /** The SETTINGS_HEADER_TABLE_SIZE that the other side was told. */
  readonly maxTableSize: number
  /** Of the fields of one block, counted as RFC 9113 section 6.5.2 does: with 32 bytes for each. */
  readonly maxFieldsSize: number
  readonly maxFields: number
}

/** The fields of one block, in their order. */
export interface DecodedFields {
  /** latin1: [name, value, …]. Not checked: a name or a value may hold any byte. */
  readonly raw: string[]
  /** Where in `raw` the names of fields are that must never be put into a table on the way on (RFC 7541 section 6.2.3). */
  readonly neverIndexed: readonly number[]
}

const none: readonly number[] = []

/** More bits than these no integer of a field block needs: RFC 7541 section 5.1 lets a decoder set a limit. */
const MAX_CONTINUATION_BITS = 21

/** Decodes the field blocks of one direction of a connection (RFC 7541 section 3). After it threw, it cannot be used again. */
export class HpackDecoder {
  readonly #limits: DecoderLimits
  readonly #table: DynamicTable
  #maxTableSize: number
  /** The table must become this small before the next block (section 4.2); -1 when it need not. */
  #mustShrinkTo = -1

  #bytes: Uint8Array = new Uint8Array(0)
  #at = 0
  #end = 0
  /** How much of `maxFieldsSize` is left in this block. */
  #left = 0

  constructor (limits: DecoderLimits) {
    this.#limits = limits
    this.#maxTableSize = limits.maxTableSize
    this.#table = new DynamicTable(limits.maxTableSize)
  }

  /** The size of the dynamic table now. */
  get tableSize (): number {
    return this.#table.size
  }

  /** The other side acknowledged another SETTINGS_HEADER_TABLE_SIZE. */
  limitTable (maxSize: number): void {
    if (maxSize < this.#table.maxSize) this.#mustShrinkTo = this.#mustShrinkTo === -1 ? maxSize : Math.min(maxSize, this.#mustShrinkTo)
    this.#maxTableSize = maxSize
  }

  /** Decodes a whole block. Throws a HpackError. */
  decode (block: Uint8Array): DecodedFields {
    this.#bytes = block
    this.#at = 0
    this.#end = block.length
    this.#left = this.#limits.maxFieldsSize
    const raw: string[] = []
    let neverIndexed: number[] | undefined

    this.#resizeTable()
    while (this.#at < this.#end) {
      const first = block[this.#at]!
      if (first >= 0x80) { // Section 6.1
        const index = this.#integer(0x7f)
        this.#take(raw, this.#nameAt(index), this.#valueAt(index))
      } else if (first >= 0x40) { // Section 6.2.1
        const name = this.#name(0x3f)
        const value = this.#string()
        this.#take(raw, name, value)
        this.#table.add(name, value)
      } else if (first >= 0x20) {
        throw new HpackError('misplaced-table-size')
      } else { // Sections 6.2.2 and 6.2.3
        if (first >= 0x10) (neverIndexed ??= []).push(raw.length)
        const name = this.#name(0x0f)
        this.#take(raw, name, this.#string())
      }
    }
    return { raw, neverIndexed: neverIndexed ?? none }
  }

  /** Sections 4.2 and 6.3: only at the beginning of a block; two are enough, as the smallest size comes first, then the last one. */
  #resizeTable (): void {
    for (let updates = 0; this.#at < this.#end && (this.#bytes[this.#at]! & 0xe0) === 0x20; updates++) {
      if (updates === 2) throw new HpackError('misplaced-table-size')
      const size = this.#integer(0x1f)
      if (size > this.#maxTableSize) throw new HpackError('invalid-table-size')
      if (size <= this.#mustShrinkTo) this.#mustShrinkTo = -1
      this.#table.resize(size)
    }
    if (this.#mustShrinkTo !== -1) throw new HpackError('missing-table-size')
  }

  #take (raw: string[], name: string, value: string): void {
    this.#left -= name.length + value.length + ENTRY_OVERHEAD
    if (this.#left < 0) throw new HpackError('fields-too-large')
    if (raw.length === 2 * this.#limits.maxFields) throw new HpackError('too-many-fields')
    raw.push(name, value)
  }

  #name (mask: number): string {
    const index = this.#integer(mask)
    return index === 0 ? this.#string() : this.#nameAt(index)
  }

  #nameAt (index: number): string {
    if (index === 0) throw new HpackError('invalid-index')
    if (index <= STATIC_LENGTH) return staticFields[2 * index - 2]!
    const entry = this.#table.at(index - STATIC_LENGTH - 1)
    if (entry === undefined) throw new HpackError('invalid-index')
    return entry.name
  }

  /** Of an index whose name was found. */
  #valueAt (index: number): string {
    return index <= STATIC_LENGTH ? staticFields[2 * index - 1]! : this.#table.at(index - STATIC_LENGTH - 1)!.value
  }

  /** Section 5.1; `mask` is that of the prefix. */
  #integer (mask: number): number {
    if (this.#at === this.#end) throw new HpackError('truncated')
    let value = this.#bytes[this.#at++]! & mask
    if (value < mask) return value
    for (let shift = 0; ; shift += 7) {
      if (shift > MAX_CONTINUATION_BITS) throw new HpackError('integer-overflow')
      if (this.#at === this.#end) throw new HpackError('truncated')
      const byte = this.#bytes[this.#at++]!
      value += (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }

  /** Section 5.2. */
  #string (): string {
    const isHuffman = this.#at < this.#end && this.#bytes[this.#at]! >= 0x80
    const length = this.#integer(0x7f)
    const from = this.#at
    if (length > this.#end - from) throw new HpackError('truncated')
    this.#at += length
    if (isHuffman) return decodeHuffman(this.#bytes, from, this.#at, this.#left)
    if (length > this.#left) throw new HpackError('fields-too-large')
    return latin1(this.#bytes, from, this.#at)
  }
}

function latin1 (bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1')
}
