import type { AnnouncedRoute } from '../backends/spec.ts'
import { parseMatch, readMatch, type MatchProblem, type MatchSpec } from '../routing/match.ts'
import type { MatchView } from '../http/match-view.ts'

/** A route as a backend says it: `[METHOD ][host]/path`, or by its parts. */
export type SaidRoute = string | SaidParts

export interface SaidParts extends MatchSpec {
  readonly stripPrefix?: boolean
  readonly replacePrefix?: string
}

/** Brings a route into its normal form, or returns everything that is wrong with it. */
export function readAnnouncedRoute (said: SaidRoute): AnnouncedRoute | MatchProblem[] {
  const { stripPrefix = false, replacePrefix, ...spec }: SaidParts = typeof said === 'string' ? parseMatch(said) : said
  const match = readMatch(spec)
  const problems = Array.isArray(match) ? match : []
  const edit = stripPrefix ? '/' : replacePrefix
  const key = stripPrefix ? 'stripPrefix' : 'replacePrefix'
  if (stripPrefix && replacePrefix !== undefined) problems.push({ path: ['replacePrefix'], message: 'and stripPrefix exclude each other' })
  if (edit !== undefined && spec.exactPath !== undefined) problems.push({ path: [key], message: 'needs path: an exactPath has no rest' })
  if (edit !== undefined && !/^\/[!-~]*$/.test(edit)) problems.push({ path: [key], message: `"${edit}" is not a path such as /api` })
  if (edit !== undefined && /[?#]/.test(edit)) problems.push({ path: [key], message: `"${edit}" is more than a path` })
  if (Array.isArray(match) || problems.length > 0) return problems
  return { match: sorted(match), ...(edit !== undefined && { replacePrefix: edit }) }
}

/** How a route is written down by its parts, so that reading it gives the same one. */
export function partsOf ({ match: { hosts, path, isExact, methods, headers, cookies }, replacePrefix }: AnnouncedRoute) {
  return {
    ...(hosts.length > 0 && { host: hosts }),
    ...(isExact ? { exactPath: path } : { path }),
    ...(methods.length > 0 && { method: methods }),
    ...(Object.keys(headers).length > 0 && { header: headers }),
    ...(Object.keys(cookies).length > 0 && { cookie: cookies }),
    ...(replacePrefix !== undefined && { replacePrefix })
  }
}

/** `body/routes/2/path "x" does not begin with "/"`, all in one line. */
export function sentenceOf (problems: readonly MatchProblem[], place: string): string {
  return problems.map(({ path, message }) => `${[place, ...path].join('/')} ${message}`).join('; ')
}

/** What makes no difference does not make another route either. */
function sorted ({ hosts, methods, headers, cookies, ...match }: MatchView): MatchView {
  return { ...match, hosts: [...hosts].sort(), methods: [...methods].sort(), headers: sortedKeys(headers), cookies: sortedKeys(cookies) }
}

function sortedKeys (values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => a < b ? -1 : 1))
}
