import { Fields } from '../../src/http/fields.ts'
import type { RequestHead } from '../../src/http/heads.ts'

/** The head of a request for this host and target, such as `POST shop.example.com/api`. */
export function headOf (request: string, fields: readonly string[] = []): RequestHead {
  const [, method = 'GET', place = ''] = /^(?:(\S+) )?(\S*)$/.exec(request) ?? []
  const slash = place === '*' ? -1 : place.indexOf('/')
  const host = slash === -1 ? undefined : place.slice(0, slash)
  return {
    method,
    target: slash === -1 ? '*' : place.slice(slash),
    version: '1.1',
    host: host === '' ? undefined : host,
    fields: Fields.from(fields),
    isMalformed: false
  }
}
