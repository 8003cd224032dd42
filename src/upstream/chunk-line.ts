import { isTokenByte, isValueByte } from './fields.ts'
import { ResponseError } from './response-error.ts'

type Step = 'size' | 'before-name' | 'name' | 'before-value' | 'value' | 'quoted' | 'escaped' | 'quote-end' | 'lf' | 'done'

const cr = 0x0d
const lf = 0x0a
const semicolon = 0x3b
const equals = 0x3d
const quote = 0x22
const backslash = 0x5c

/** 13 digits are more than a number can count exactly. */
const maxDigits = 13
/** Of all chunks of a body together: extensions mean nothing to anybody, and are dropped. */
const maxExtensionBytes = 4096

/** Reads `chunk-size [ chunk-ext ] CRLF` (RFC 9112 section 7.1), however its bytes are split. */
export class ChunkLine {
  #step: Step = 'size'
  #digits = 0
  #extensionBytes = 0
  size = 0

  get isDone (): boolean {
    return this.#step === 'done'
  }

  /** Another line of the same body. */
  next (): void {
    this.#step = 'size'
    this.#digits = 0
    this.size = 0
  }

  /** The first line of a body. */
  reset (): void {
    this.next()
    this.#extensionBytes = 0
  }

  /** Reads from `at` on; returns where it stopped: behind the line, or at the end of `bytes`. */
  read (bytes: Buffer, at: number): number {
    while (at < bytes.length && this.#step !== 'done') this.#take(bytes[at++] as number)
    return at
  }

  #take (byte: number): void {
    if (this.#step === 'size') return this.#takeSize(byte)
    if (this.#step === 'lf') {
      if (byte !== lf) throw new ResponseError('bad-chunk')
      this.#step = 'done'
      return
    }
    if (++this.#extensionBytes > maxExtensionBytes) throw new ResponseError('bad-chunk')
    this.#step = this.#afterExtension(byte)
  }

  #takeSize (byte: number): void {
    const digit = hexDigit(byte)
    if (digit !== -1) {
      if (++this.#digits > maxDigits) throw new ResponseError('bad-chunk')
      this.size = this.size * 16 + digit
    } else if (this.#digits === 0) {
      throw new ResponseError('bad-chunk')
    } else {
      this.#step = this.#afterItem(byte)
    }
  }

  #afterExtension (byte: number): Step {
    const step = this.#step
    switch (step) {
      case 'before-name':
        if (isTokenByte[byte] === 1) return 'name'
        break
      case 'name':
        if (isTokenByte[byte] === 1) return 'name'
        return byte === equals ? 'before-value' : this.#afterItem(byte)
      case 'before-value':
        if (byte === quote) return 'quoted'
        if (isTokenByte[byte] === 1) return 'value'
        break
      case 'value':
        return isTokenByte[byte] === 1 ? 'value' : this.#afterItem(byte)
      case 'quoted':
        if (byte === quote) return 'quote-end'
        if (byte === backslash) return 'escaped'
        if (isValueByte[byte] === 1) return 'quoted'
        break
      case 'escaped':
        if (isValueByte[byte] === 1) return 'quoted'
        break
      case 'quote-end':
        return this.#afterItem(byte)
    }
    throw new ResponseError('bad-chunk')
  }

  #afterItem (byte: number): Step {
    if (byte === cr) return 'lf'
    if (byte === semicolon) return 'before-name'
    throw new ResponseError('bad-chunk')
  }
}

function hexDigit (byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
