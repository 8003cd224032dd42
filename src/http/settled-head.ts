import { Fields } from './fields.ts'
import { HOST } from './header-kind.ts'
import type { RequestHead } from './heads.ts'
import { isHost } from './host.ts'
import { requestTarget, withoutCredentials } from './request-target.ts'

/**
 * The head of a request in the one form in which hooks judge it and a backend gets it: the target in origin form, and the host
 * that it is for in `host` and in the only `Host` of `fields`; or `isMalformed`, where there is no such form.
 */
export function settledHead (method: string, target: string, version: RequestHead['version'], fields: Fields): RequestHead {
  const hosts = fields.countOf(HOST)
  const host = fields.firstOf(HOST)
  // RFC 9112 section 3.2: one Host, and none only before HTTP/1.1.
  const isRightHost = host === undefined ? version === '1.0' : hosts === 1 && isHost(host)
  const settled = isRightHost ? requestTarget(method, target) : undefined
  if (settled === undefined) return { method, target: withoutCredentials(target), version, host, fields, isMalformed: true }
  if (settled.host === undefined) return { method, target: settled.path, version, host, fields, isMalformed: false }
  return { method, target: settled.path, version, host: settled.host, fields: withHost(fields, settled.host), isMalformed: false }
}

/** RFC 9112 section 3.2.2: the host of a target in absolute form replaces Host, in its place. */
function withHost (fields: Fields, host: string): Fields {
  const raw = fields.toRaw()
  const index = raw.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'host')
  if (index === -1) raw.push('Host', host)
  else raw[index + 1] = host
  return Fields.from(raw)
}
