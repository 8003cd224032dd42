import { END_TO_END, kindAt } from '../http/header-kind.ts'
import { MessageError } from './message-error.ts'

export const HTAB = 9
export const LF = 10
export const CR = 13
export const SP = 32
const COLON = 58

/** What a scan returns when the section goes on behind the bytes at hand. */
export const INCOMPLETE = -1

/** RFC 9110 section 5.6.2: the bytes of a token. */
export const isTokenByte = byteTable((byte) => /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(byte)))

/** RFC 9110 section 5.5 and RFC 9112 section 4: HTAB, SP, VCHAR and obs-text, in a field value and in a reason phrase. */
export const isTextByte = byteTable((byte) => byte === HTAB || (byte >= SP && byte !== 127))

/** Which bytes are in a class: 1 for those that are. */
export function byteTable (holds: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => holds(byte) ? 1 : 0)
}

const noMarks: readonly number[] = []

/**
 * Finds and checks the field lines of one section (RFC 9112 section 5), up to and with the empty line that ends it.
 * It reads each byte once and makes no string; it marks the lines of special names, as `Fields` keeps them.
 */
export class FieldScanner {
  /** How many field lines there were in the section that was scanned last. */
  count = 0

  /** Where they end, before the empty line. */
  end = 0

  /** Those of special names, as `Fields.marks`; places are counted from the `base` of the scan. Not used again by the next scan. */
  marks: readonly number[] = noMarks

  /** Returns the position behind the section, or INCOMPLETE. */
  scan (bytes: Uint8Array, from: number, end: number, maxFields: number, base: number): number {
    let marks: number[] | undefined
    let count = 0
    let at = from
    for (;;) {
      const nameStart = at
      while (at < end && isTokenByte[bytes[at]!] === 1) at++
      if (at === end) return INCOMPLETE
      const nameEnd = at
      if (bytes[at] !== COLON || nameEnd === nameStart) {
        if (nameEnd !== nameStart || (bytes[at] !== CR && bytes[at] !== LF)) throw new MessageError('invalid-field-name')
        this.count = count
        this.end = at - base
        this.marks = marks ?? noMarks
        return lineEnd(bytes, at, end)
      }
      at++
      while (at < end && (bytes[at] === SP || bytes[at] === HTAB)) at++
      const valueStart = at
      while (at < end && isTextByte[bytes[at]!] === 1) at++
      if (at === end) return INCOMPLETE
      let valueEnd = at
      while (valueEnd > valueStart && (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === HTAB)) valueEnd--
      if (bytes[at] !== CR && bytes[at] !== LF) throw new MessageError('invalid-field-value')
      at = lineEnd(bytes, at, end)
      if (at === INCOMPLETE) return INCOMPLETE

      if (++count > maxFields) throw new MessageError('too-many-fields')
      const kind = kindAt(bytes, nameStart, nameEnd)
      if (kind === END_TO_END) continue
      marks ??= []
      marks.push(kind, nameStart - base, valueStart - base, valueEnd - base, at - base)
    }
  }
}

/** Returns the position behind the CRLF that must be at `at`, or INCOMPLETE. A bare CR or LF ends no line (RFC 9112 section 2.2). */
export function lineEnd (bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== CR) throw new MessageError('invalid-line-end')
  if (at + 1 === end) return INCOMPLETE
  if (bytes[at + 1] !== LF) throw new MessageError('invalid-line-end')
  return at + 2
}
