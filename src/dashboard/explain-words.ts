// The Explain form: its query, and the response in words. Pure.
import { percent } from './format.ts'
import type { Explanation } from '../admin/wire.ts'

/** The query of GET /api/explain. Throws, with a message for the form, if a line is not a header. */
export function explainQuery (method: string, path: string, headers: string): URLSearchParams {
  const query = new URLSearchParams({ method, path })
  for (const line of headers.split('\n')) {
    if (line.trim() === '') continue
    const [, name = '', value = ''] = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? []
    if (name === '') throw new Error(`“${line.trim()}” is not a header. Write one per line, as in “cookie: session=42”.`)
    const key = `header.${name.toLowerCase()}`
    // Repeated headers form one list (RFC 9110, section 5.3), except for cookies (RFC 6265, section 5.4).
    const before = query.get(key)
    query.set(key, before === null ? value : `${before}${name.toLowerCase() === 'cookie' ? '; ' : ', '}${value}`)
  }
  return query
}

export interface Answer {
  /** The backend that would get the request, or what would happen instead. */
  readonly choice: string
  readonly why: string
  readonly notes: readonly string[]
  /** Backends that cannot get it, and other candidates, grouped by reason. */
  readonly groups: readonly AnswerGroup[]
}

export interface AnswerGroup {
  readonly isCandidate: boolean
  readonly reason: string
  readonly names: readonly string[]
}

export function answerOf ({ choice, reason, strategy, backends, isFailingOpen, spillRatio }: Explanation): Answer {
  const groups = new Map<string, AnswerGroup & { readonly names: string[] }>()
  for (const { id, name, isCandidate, reason } of backends) {
    if (id === choice?.id) continue
    const key = `${isCandidate} ${reason}`
    const group = groups.get(key) ?? { isCandidate, reason, names: [] }
    group.names.push(name)
    groups.set(key, group)
  }
  const notes: string[] = []
  if (isFailingOpen) notes.push('No healthy backend is left, so ejected ones are used.')
  if (spillRatio > 0) notes.push(`${percent(spillRatio)} of requests leave this gateway’s zone.`)
  return {
    choice: choice?.name ?? 'No backend',
    why: choice === null ? 'No backend can take it now: it would wait in the queue or get 503.' : `${strategy}: ${reason}.`,
    notes,
    groups: [...groups.values()].sort((a, b) => Number(a.isCandidate) - Number(b.isCandidate))
  }
}
