// What is asked of the gateway in the form Explain, and its answer in words. Pure.
import { percent } from './format.ts'
import type { Explanation } from '../admin/wire.ts'

/** The query of GET /api/explain. Throws, with a sentence, when a line of the headers is none. */
export function explainQuery (method: string, path: string, headers: string): URLSearchParams {
  const query = new URLSearchParams({ method, path })
  for (const line of headers.split('\n')) {
    if (line.trim() === '') continue
    const [, name = '', value = ''] = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? []
    if (name === '') throw new Error(`“${line.trim()}” is not a header. Write one per line, as in “cookie: session=42”.`)
    const key = `header.${name.toLowerCase()}`
    // A header that comes twice is one list (RFC 9110, section 5.3), but for cookies (RFC 6265, section 5.4).
    const before = query.get(key)
    query.set(key, before === null ? value : `${before}${name.toLowerCase() === 'cookie' ? '; ' : ', '}${value}`)
  }
  return query
}

export interface Answer {
  /** The backend that it goes to, or what happens instead. */
  readonly choice: string
  readonly why: string
  readonly notes: readonly string[]
  /** Those that it cannot go to, and those that it could have gone to, by reason. */
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
  if (spillRatio > 0) notes.push(`${percent(spillRatio)} of the requests leave this gateway’s zone.`)
  return {
    choice: choice?.name ?? 'No backend',
    why: choice === null ? 'No backend can take it now: it waits in the queue, or gets 503.' : `${strategy}: ${reason}.`,
    notes,
    groups: [...groups.values()].sort((a, b) => Number(a.isCandidate) - Number(b.isCandidate))
  }
}
