import type { Fields } from '../http/fields.ts'
import type { RequestHead } from '../http/heads.ts'
import { withoutQuery } from '../http/request-target.ts'
import { isToken } from '../http/token.ts'

/** What of a request decides where it goes; undefined when the request does not have it. */
export type HashKey = (head: RequestHead, clientAddress: string) => string | undefined

/** Reads `HASH_KEY`: `ip`, `path` (without the query), `header:NAME` or `cookie:NAME`. Undefined if it is none of these. */
export function parseHashKey (value: string): HashKey | undefined {
  if (value === 'ip') return (_head, clientAddress) => clientAddress
  if (value === 'path') return ({ target }) => withoutQuery(target)
  const colon = value.indexOf(':')
  const kind = value.slice(0, colon)
  const name = value.slice(colon + 1)
  const lower = name.toLowerCase()
  if (kind === 'header' && isToken(name)) return ({ fields }) => fields.get(lower)
  if (kind === 'cookie' && isToken(name)) return ({ fields }) => cookieOf(fields, name)
  return undefined
}

/** The value of a cookie, as it came; of the first one where it came twice (RFC 6265 section 5.4 leaves the order to clients). */
export function cookieOf (fields: Fields, name: string): string | undefined {
  const cookie = fields.get('cookie')
  if (cookie === undefined) return undefined
  const prefix = `${name}=`
  for (const pair of cookie.split(';')) {
    const text = pair.trim()
    if (text.startsWith(prefix)) return text.slice(prefix.length)
  }
  return undefined
}
