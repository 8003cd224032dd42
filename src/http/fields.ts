import { END_TO_END, kindOfName } from './header-kind.ts'
import { isToken } from './token.ts'

/** How many numbers a marked line takes in `Fields.marks`: its kind, where it and its value begin, where its value and it end. */
export const MARK = 5

/** RFC 9110 section 5.5, as latin1. */
const text = /^[\t\x20-\x7e\x80-\xff]*$/

const noMarks: readonly number[] = []

/**
 * The fields of one header or trailer section, in their order, names in their case and values in their bytes (latin1). Frozen:
 * what a policy drops or sets is edited where the section is written.
 *
 * The section is kept as it came, in one latin1 string, which costs one copy of its bytes and depends on no buffer: memory that
 * was read into may be used again. Only the lines of the special names in header-kind.ts are marked; the others are found when
 * somebody asks for them, and pass without ever becoming strings of their own.
 */
export class Fields {
  static readonly none = new Fields('', 0, 0, 0, noMarks)

  /**
   * Of [name, value, name, value …]; values lose the blanks around them. Throws a TypeError, with the name, for what cannot be
   * sent: a name that is no token, a value with control characters or with characters beyond latin1.
   */
  static from (raw: readonly string[]): Fields {
    if (raw.length === 0) return Fields.none
    let section = ''
    const marks: number[] = []
    for (let i = 0; i < raw.length; i += 2) {
      const name = raw[i] as string
      const value = checkedValue(name, raw[i + 1] as string)
      const kind = kindOfName(name)
      const start = section.length
      section += `${name}: ${value}\r\n`
      if (kind !== END_TO_END) marks.push(kind, start, start + name.length + 2, section.length - 2, section.length)
    }
    return new Fields(section, 0, section.length, raw.length >> 1, marks)
  }

  /** The section is `text` from `start` to `end`: whole field lines, each checked and with its CRLF. */
  readonly text: string
  readonly start: number
  readonly end: number
  /** How many field lines there are. */
  readonly count: number
  /** The lines of special names, in their order; `MARK` numbers each, the places as in `text`. */
  readonly marks: readonly number[]

  constructor (text: string, start: number, end: number, count: number, marks: readonly number[]) {
    this.text = text
    this.start = start
    this.end = end
    this.count = count
    this.marks = marks
  }

  /** The value of the field with this lower-case name; several lines are joined by `, `, those of `cookie` by `; `. */
  get (name: string): string | undefined {
    return kindOfName(name) === END_TO_END ? this.#find(name) : this.#findMarked(name)
  }

  /** The value of the first line of this kind. */
  firstOf (kind: number): string | undefined {
    const { marks } = this
    for (let i = 0; i < marks.length; i += MARK) if (marks[i] === kind) return this.text.slice(marks[i + 2], marks[i + 3])
    return undefined
  }

  /** How many lines of this kind there are. */
  countOf (kind: number): number {
    const { marks } = this
    let count = 0
    for (let i = 0; i < marks.length; i += MARK) if (marks[i] === kind) count++
    return count
  }

  /** The values of all lines of this kind, joined by `, `. */
  joinedOf (kind: number): string | undefined {
    const { marks } = this
    let joined: string | undefined
    for (let i = 0; i < marks.length; i += MARK) {
      if (marks[i] !== kind) continue
      const value = this.text.slice(marks[i + 2], marks[i + 3])
      joined = joined === undefined ? value : `${joined}, ${value}`
    }
    return joined
  }

  /** [name, value, name, value …], as new strings. */
  toRaw (): string[] {
    const { text, end } = this
    const raw: string[] = []
    for (let at = this.start; at < end;) {
      const colon = text.indexOf(':', at)
      const lineEnd = text.indexOf('\r\n', colon)
      raw.push(text.slice(at, colon), trimmed(text, colon + 1, lineEnd))
      at = lineEnd + 2
    }
    return raw
  }

  #findMarked (name: string): string | undefined {
    const { text, marks } = this
    let found: string | undefined
    for (let i = 0; i < marks.length; i += MARK) {
      const start = marks[i + 1]!
      if (!isNameAt(text, start, name)) continue
      const value = text.slice(marks[i + 2], marks[i + 3])
      found = found === undefined ? value : `${found}, ${value}`
    }
    return found
  }

  #find (name: string): string | undefined {
    const { text, end } = this
    let found: string | undefined
    for (let at = this.start; at < end;) {
      const lineEnd = text.indexOf('\r\n', at)
      if (isNameAt(text, at, name)) {
        const value = trimmed(text, at + name.length + 1, lineEnd)
        found = found === undefined ? value : `${found}${name === 'cookie' ? '; ' : ', '}${value}`
      }
      at = lineEnd + 2
    }
    return found
  }
}

/** Whether the line that begins at `at` is one of the field with this lower-case name. */
function isNameAt (text: string, at: number, name: string): boolean {
  if (text.charCodeAt(at + name.length) !== 58 /* colon */) return false
  for (let i = 0; i < name.length; i++) {
    const code = text.charCodeAt(at + i)
    if (code !== name.charCodeAt(i) && (code < 65 || code > 90 || code + 32 !== name.charCodeAt(i))) return false
  }
  return true
}

/** Without the white space of HTTP around it, which is less than that of Unicode. */
function trimmed (text: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank (code: number): boolean {
  return code === 32 || code === 9
}

function checkedValue (name: string, value: string): string {
  if (!isToken(name)) throw new TypeError(`${JSON.stringify(name)} is not a valid header name`)
  if (!text.test(value)) throw new TypeError(`the value of header ${name} holds characters that cannot be sent`)
  return trimmed(value, 0, value.length)
}
