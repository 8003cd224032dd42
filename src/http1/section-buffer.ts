import { CR, LF } from './field-scanner.ts'

const FIRST_CAPACITY = 1024

/**
 * Gathers a head or a trailer section that came in more than one piece. Every byte is looked at and copied a bounded
 * number of times, however small the pieces are, and never more than `maxBytes` are kept.
 */
export class SectionBuffer {
  bytes = Buffer.allocUnsafe(FIRST_CAPACITY)
  length = 0

  /** True until the section ended, holds a line that ends wrongly, or has `maxBytes` bytes; then it is to be scanned. */
  isOpen = true

  readonly #maxBytes: number
  #lineStart = 0

  constructor (maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Takes what belongs to the section from `chunk`, beginning at `from`; returns the position behind it. */
  take (chunk: Buffer, from: number): number {
    const limit = Math.min(chunk.length, from + this.#maxBytes - this.length)
    let end = limit
    for (let lf = chunk.indexOf(LF, from); lf !== -1 && lf < limit; lf = chunk.indexOf(LF, lf + 1)) {
      const position = this.length + lf - from
      const before = lf > from ? chunk[lf - 1] : this.length > 0 ? this.bytes[this.length - 1] : LF
      if (before !== CR || position === this.#lineStart + 1) {
        this.isOpen = false
        end = lf + 1
        break
      }
      this.#lineStart = position + 1
    }
    this.#append(chunk, from, end)
    if (this.length === this.#maxBytes) this.isOpen = false
    return end
  }

  #append (chunk: Buffer, from: number, end: number): void {
    const length = this.length + end - from
    if (length > this.bytes.length) {
      const wider = Buffer.allocUnsafe(Math.max(length, this.bytes.length * 2))
      this.bytes.copy(wider, 0, 0, this.length)
      this.bytes = wider
    }
    chunk.copy(this.bytes, this.length, from, end)
    this.length = length
  }
}
