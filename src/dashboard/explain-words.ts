// The Explain form: its query, and the response in words. Pure.
import { percent } from './format.ts'
import type { Explanation } from '../admin/wire.ts'

/** The query of GET /api/explain. Throws, with a message for the form, if a line is not a header. */
export function explainQuery (method: string, host: string, path: string, headers: string): URLSearchParams {
  const query = new URLSearchParams({ method, path, ...(host !== '' && { host }) })
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
  /** Where there are routes: those that were considered, and why each was taken or not. */
  readonly routes: ReadonlyArray<{ readonly name: string, readonly isChosen: boolean, readonly reason: string }>
  /** Backends that cannot get it, and other candidates, grouped by reason. */
  readonly groups: readonly AnswerGroup[]
}

export interface AnswerGroup {
  readonly isCandidate: boolean
  readonly reason: string
  readonly names: readonly string[]
}

export function answerOf ({ choice, reason, strategy, backends, isFailingOpen, spillRatio, route, service }: Explanation): Answer {
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
  if ((route?.readings.length ?? 0) > 1) notes.push(`Backends could read the path in several ways: ${route?.readings.join(', ')}.`)
  return {
    choice: choice === null ? 'No backend' : service === undefined ? choice.name : `${choice.name} of ${service}`,
    why: choice === null ? whyNone(route, service, reason) : `${strategy}: ${reason}.`,
    notes,
    routes: route?.considered.map(({ name, match, origin, isChosen, reason }) =>
      ({ name: `${name === null ? '' : `${name}: `}${match}${origin === '' ? '' : ` (${origin})`}`, isChosen, reason })) ?? [],
    groups: [...groups.values()].sort((a, b) => Number(a.isCandidate) - Number(b.isCandidate))
  }
}

function whyNone (route: Explanation['route'], service: string | undefined, reason: string): string {
  if (route?.result === 'ambiguous') return 'Its path could be read in ways that lead to different routes: it would get 400.'
  if (route?.result === 'no-route') return 'No route matches: it would get 404.'
  if (route !== undefined && service === undefined) return `${reason[0]?.toUpperCase()}${reason.slice(1)}: it would be redirected.`
  return 'No backend can take it now: it would wait in the queue or get 503.'
}
