import { connectionOptions, headerKind } from '../http/header-kind.ts'
import type { ResponseHead } from '../http/heads.ts'

/** The field lines of a 1xx as its client gets them, latin1: without the fields that belong to another hop, or would frame a body. */
export function informationalLines ({ fields }: ResponseHead): string {
  const raw = fields.toRaw()
  const named = connectionOptions(fields.get('connection') ?? 'close')
  let lines = ''
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    switch (headerKind(name)) {
      case 'connection':
      case 'hop-by-hop':
      case 'te':
      case 'transfer-encoding':
      case 'content-length':
      case 'proxy':
      case 'request-id':
        continue
      default:
        if (named?.has(name.toLowerCase()) !== true) lines += `${name}: ${raw[i + 1]}\r\n`
    }
  }
  return lines
}
