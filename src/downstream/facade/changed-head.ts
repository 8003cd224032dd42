import { Fields } from '../../http/fields.ts'
import type { RequestHead } from '../../http/heads.ts'

/** The head as it is to be forwarded when hooks have changed some of it; the same one where they have not. `raw`: undefined where it is as it came. */
export function changedHead (head: RequestHead, method: string, target: string, raw: readonly string[] | undefined): RequestHead {
  if (raw === undefined && method === head.method && target === head.target) return head
  const fields = raw === undefined ? head.fields : Fields.from(raw)
  const host = raw === undefined ? head.host : fields.get('host')
  return { method, target, version: head.version, host, fields, isMalformed: head.isMalformed }
}
