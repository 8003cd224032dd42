import type { IncomingHttpHeaders } from 'node:http'
import { lowerCaseName } from '../../http/lower-case.ts'

/** Of these node:http keeps the first line only. */
const single = new Set([
  'age', 'authorization', 'content-length', 'content-type', 'etag', 'expires', 'from', 'host', 'if-modified-since', 'if-unmodified-since',
  'last-modified', 'location', 'max-forwards', 'proxy-authorization', 'referer', 'retry-after', 'server', 'user-agent'
])

/** The headers as node:http shows them: lower-case names, lines of the same name joined or dropped. */
export function headersOf (raw: readonly string[]): IncomingHttpHeaders {
  const headers: Record<string, string | string[] | undefined> = {}
  for (let i = 0; i < raw.length; i += 2) {
    const name = lowerCaseName(raw[i] as string)
    const value = raw[i + 1] as string
    const before = headers[name]
    if (name === 'set-cookie') headers[name] = Array.isArray(before) ? [...before, value] : [value]
    // `typeof`, since every object has a `constructor`.
    else if (typeof before !== 'string') headers[name] = value
    else if (name === 'cookie') headers[name] = `${before}; ${value}`
    else if (!single.has(name)) headers[name] = `${before}, ${value}`
  }
  return headers
}

/** The values of all lines, by lower-case names. */
export function distinctHeadersOf (raw: readonly string[]): NodeJS.Dict<string[]> {
  const headers: NodeJS.Dict<string[]> = Object.create(null)
  for (let i = 0; i < raw.length; i += 2) (headers[lowerCaseName(raw[i] as string)] ??= []).push(raw[i + 1] as string)
  return headers
}
