import { OperatorError } from './operator-error.ts'

/** One setting of an env file, and the number of its first line, from 1. */
export interface EnvFileEntry {
  readonly name: string
  readonly value: string
  readonly line: number
}

const assignment = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/
const afterQuote = /^[ \t]*(?:#.*)?$/
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' }

/**
 * Parses a file of `NAME=value` lines like Docker Compose its `.env`: `#` starts a comment at the start of a line or after a
 * space; a value in single quotes is literal, in double quotes `\n`, `\r`, `\t`, `\"` and `\\` are escapes, and both may span
 * lines. Unlike dotenv and Node's own parser it skips nothing: an invalid line throws an `OperatorError` with its number, but
 * never with its text, which may be a secret.
 */
export function parseEnvFile (bytes: Uint8Array, path: string): EnvFileEntry[] {
  const lines = decode(bytes, path).split(/\r\n|\r|\n/)
  const entries: EnvFileEntry[] = []
  const seen = new Map<string, number>()
  for (let i = 0; i < lines.length; i++) {
    const text = lines[i] as string
    const line = i + 1
    if (/^[ \t]*(?:#.*)?$/.test(text)) continue
    const start = assignment.exec(text)
    const name = start?.[1]
    if (start === null || name === undefined) throw new OperatorError(`${path}:${line}: ${problemWith(text)}`)
    const earlier = seen.get(name)
    if (earlier !== undefined) throw new OperatorError(`${path}:${line}: ${name} is already set in line ${earlier}`)
    seen.set(name, line)

    let rest = text.slice(start[0].length)
    const quote = rest[0]
    if (quote !== '"' && quote !== "'") {
      entries.push({ name, value: rest.replace(/(?:^|[ \t])#.*$/, '').trim(), line })
      continue
    }
    let end = closingQuote(rest, quote)
    while (end === -1) {
      if (++i === lines.length) throw new OperatorError(`${path}:${line}: the value of ${name} has no closing ${quote}`)
      rest += `\n${lines[i]}`
      end = closingQuote(rest, quote)
    }
    if (!afterQuote.test(rest.slice(end + 1))) {
      throw new OperatorError(`${path}:${i + 1}: there is text after the closing ${quote} of ${name}`)
    }
    entries.push({ name, value: unquote(rest.slice(1, end), quote), line })
  }
  return entries
}

function problemWith (text: string): string {
  const name = /^[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*:/.exec(text)?.[1]
  return name === undefined ? 'this line is not of the form NAME=value' : `write ${name}=value, not ${name}: value`
}

function closingQuote (text: string, quote: string): number {
  for (let at = 1; at < text.length; at++) {
    if (text[at] === quote) return at
    if (quote === '"' && text[at] === '\\') at++
  }
  return -1
}

function unquote (text: string, quote: string): string {
  return quote === '"' ? text.replace(/\\([nrt"\\])/g, (_whole, escaped: string) => escapes[escaped] as string) : text
}

/** Strict UTF-8; skips the byte order mark that editors on Windows write. */
function decode (bytes: Uint8Array, path: string): string {
  const [first, second] = bytes
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || bytes.includes(0)
  if (isUtf16) throw new OperatorError(`${path}:1: the file is not UTF-8 text (UTF-16?); save it as UTF-8`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new OperatorError(`${path}:${lineOfInvalidByte(bytes)}: this line is not UTF-8; save the file as UTF-8`)
  }
}

function lineOfInvalidByte (bytes: Uint8Array): number {
  let line = 1
  let start = 0
  for (let at = 0; at <= bytes.length; at++) {
    if (at < bytes.length && bytes[at] !== 10) continue
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(start, at))
    } catch {
      return line
    }
    line++
    start = at + 1
  }
  return line
}
