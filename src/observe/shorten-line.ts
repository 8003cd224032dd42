import { safeJson } from './log-escapes.ts'

/** Stands for what was left out. */
const mark = '…'

/** How long strings may be, in turn, until the line is short enough. */
const lengths = [2048, 1024, 512, 256, 128, 64, 32]

/** What a line has in any case. */
const essential = ['level', 'time', 'pid', 'hostname', 'msg']

/**
 * A log line, with its line feed, in at most so many bytes, of which there must be some hundreds: it is an object of JSON as before, with
 * its longest strings cut. Where that is not enough, its largest fields are left out, and at last all but a few.
 */
export function shortenLine (line: string, maxBytes: number): string {
  const logged = parse(line)
  for (const length of lengths) {
    const shortened = lineOf(logged, length)
    if (Buffer.byteLength(shortened) <= maxBytes) return shortened
  }
  return withoutLargest(JSON.parse(lineOf(logged, lengths.at(-1)!)) as Fields, maxBytes)
}

type Fields = Record<string, unknown>

function parse (line: string): Fields {
  try {
    const logged: unknown = JSON.parse(line)
    return typeof logged === 'object' && logged !== null ? logged as Fields : { msg: line }
  } catch {
    return { msg: line }
  }
}

function lineOf (logged: Fields, maxLength = Infinity): string {
  const json = JSON.stringify(logged, (_key, value: unknown) => typeof value === 'string' ? cut(value, maxLength) : value)
  return `${safeJson(json)}\n`
}

/** No half of a surrogate pair is left at its end. */
function cut (text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  const isPairSplit = /[\ud800-\udbff]/.test(text[maxLength - 1]!)
  return text.slice(0, isPairSplit ? maxLength - 1 : maxLength) + mark
}

function withoutLargest (logged: Fields, maxBytes: number): string {
  const sizes = Object.entries(logged).map(([name, value]) => [name, JSON.stringify(value).length] as const)
  for (const [name] of sizes.filter(([each]) => !essential.includes(each)).sort(([, a], [, b]) => b - a).slice(0, 100)) {
    logged[name] = mark
    const shortened = lineOf(logged)
    if (Buffer.byteLength(shortened) <= maxBytes) return shortened
  }
  return lineOf(Object.fromEntries(essential.filter((name) => name in logged).map((name) => [name, logged[name]])))
}
