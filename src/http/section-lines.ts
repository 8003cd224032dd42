import { MARK, type Fields } from './fields.ts'
import { CONNECTION } from './header-kind.ts'

const usual = new Set(['keep-alive', 'close', 'Keep-Alive', 'Close', 'upgrade', 'Upgrade', 'keep-alive, Upgrade'])

/**
 * The names that `Connection` fields list, lower-case; undefined where they list none but those that say something of the
 * connection itself, as nearly always.
 */
export function connectionNames (fields: Fields): ReadonlySet<string> | undefined {
  const { text, marks } = fields
  let names: Set<string> | undefined
  for (let i = 0; i < marks.length; i += MARK) {
    if (marks[i] !== CONNECTION) continue
    const value = text.slice(marks[i + 2], marks[i + 3])
    if (usual.has(value)) continue
    names ??= new Set()
    for (const name of value.toLowerCase().split(',')) names.add(name.trim())
  }
  return names
}

/** The field lines of `text` from `start` to `end` as they are, but for those of these names. */
export function linesBetween (text: string, start: number, end: number, dropped: ReadonlySet<string> | undefined): string {
  if (start === end) return ''
  return dropped === undefined ? text.slice(start, end) : linesWithout(text, start, end, dropped)
}

function linesWithout (text: string, start: number, end: number, dropped: ReadonlySet<string>): string {
  let lines = ''
  for (let at = start; at < end;) {
    const next = text.indexOf('\r\n', at) + 2
    if (!dropped.has(text.slice(at, text.indexOf(':', at)).toLowerCase())) lines += text.slice(at, next)
    at = next
  }
  return lines
}

/** Whether the line of the mark at `i` is written as everybody writes it: one space before the value, none after it. */
export function isPlain ({ text, marks }: Fields, i: number): boolean {
  const valueStart = marks[i + 2]!
  return marks[i + 3]! + 2 === marks[i + 4] && text.charCodeAt(valueStart - 1) === 32 && text.charCodeAt(valueStart - 2) === 58 /* colon */
}

/** The line of the mark at `i`, in the way that everybody writes it: what is framed or routed by it is not read in two ways. */
export function plainLine ({ text, marks }: Fields, i: number): string {
  const start = marks[i + 1]!
  return `${text.slice(start, text.indexOf(':', start))}: ${text.slice(marks[i + 2], marks[i + 3])}\r\n`
}
