import { validateHeaderName, validateHeaderValue } from 'node:http'
import { Fields } from '../../http/fields.ts'
import type { ResponseHead } from '../../http/heads.ts'

export const wordToContinue: ResponseHead = { statusCode: 100, reason: 'Continue', fields: Fields.none }
export const processing: ResponseHead = { statusCode: 102, reason: 'Processing', fields: Fields.none }

/** RFC 8297. Undefined without a link, as of node:http; throws on what cannot be sent. */
export function earlyHints (hints: Readonly<Record<string, string | string[]>>): ResponseHead | undefined {
  if (hints['link'] == null || hints['link'].length === 0) return undefined
  const raw: string[] = []
  for (const [name, value] of Object.entries(hints)) {
    const text = Array.isArray(value) ? value.join(', ') : String(value)
    validateHeaderName(name)
    validateHeaderValue(name, text)
    raw.push(name === 'link' ? 'Link' : name, text)
  }
  return { statusCode: 103, reason: 'Early Hints', fields: Fields.from(raw) }
}
