import { Fields } from '../../http/fields.ts'
import { CONTENT_LENGTH, HOST, TRANSFER_ENCODING } from '../../http/header-kind.ts'
import type { RequestHead } from '../../http/heads.ts'
import { methods } from '../../http/methods.ts'

const knownMethods: ReadonlySet<unknown> = new Set(methods)

/**
 * The head that is forwarded, when hooks have changed some of it; the same one where they have not. `raw`: the fields, undefined where
 * they are as they came. Throws a TypeError on fields that cannot be sent, on a method that is none, and on fields that would make
 * another message of it: the framing belongs to the client's body (RFC 9112 section 6.3), and there is one Host (section 3.2).
 */
export function changedHead (head: RequestHead, method: string, target: string, raw: readonly string[] | undefined): RequestHead {
  if (raw === undefined && method === head.method && target === head.target) return head
  if (method !== head.method && !knownMethods.has(method)) {
    throw new TypeError(`a hook has set request.raw.method to ${JSON.stringify(method)}, which is no method that passes`)
  }
  const fields = raw === undefined ? head.fields : Fields.from(raw)
  if (raw !== undefined) checkFraming(head.fields, fields)
  const host = raw === undefined ? head.host : fields.get('host')
  return { method, target, version: head.version, host, fields, isMalformed: head.isMalformed }
}

function checkFraming (before: Fields, after: Fields): void {
  for (const kind of [CONTENT_LENGTH, TRANSFER_ENCODING]) {
    if (before.countOf(kind) === after.countOf(kind) && before.joinedOf(kind) === after.joinedOf(kind)) continue
    const name = kind === CONTENT_LENGTH ? 'Content-Length' : 'Transfer-Encoding'
    throw new TypeError(`a hook has changed ${name} in request.raw.rawHeaders, which belongs to the body that the client sends`)
  }
  if (after.countOf(HOST) > 1) throw new TypeError('a hook has put a second Host into request.raw.rawHeaders')
}
