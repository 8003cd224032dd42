import type { IncomingMessage } from 'node:http'
import { expectation, SettingError } from '../config/setting-error.ts'

/** What of a request decides where it goes; undefined when the request does not have it. */
export type HashKey = (req: IncomingMessage, path: string, clientAddress: string) => string | undefined

/** Reads `HASH_KEY`: `ip`, `path` (without the query), `header:NAME` or `cookie:NAME`. Throws a `SettingError`. */
export function parseHashKey (value: string): HashKey {
  if (value === 'ip') return (_req, _path, clientAddress) => clientAddress
  if (value === 'path') return (_req, path) => withoutQuery(path)
  const colon = value.indexOf(':')
  const kind = value.slice(0, colon)
  const name = value.slice(colon + 1)
  if (kind === 'header' && isToken(name)) return ({ headers }) => headers[name.toLowerCase()]?.toString()
  if (kind === 'cookie' && isToken(name)) return (req) => cookieOf(req, name)
  throw new SettingError('HASH_KEY', value, expectation('HASH_KEY'))
}

/** The value of a cookie, as it came; of the first one where it came twice (RFC 6265 section 5.4 leaves the order to clients). */
export function cookieOf ({ headers }: IncomingMessage, name: string): string | undefined {
  const { cookie } = headers
  if (cookie === undefined) return undefined
  const prefix = `${name}=`
  for (const pair of cookie.split(';')) {
    const text = pair.trim()
    if (text.startsWith(prefix)) return text.slice(prefix.length)
  }
  return undefined
}

function withoutQuery (path: string): string {
  const end = path.indexOf('?')
  return end === -1 ? path : path.slice(0, end)
}

/** RFC 9110 section 5.6.2. */
function isToken (name: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)
}
