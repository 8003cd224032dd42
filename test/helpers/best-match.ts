import type { RequestHead } from '../../src/http/heads.ts'
import type { MatchView } from '../../src/http/match-view.ts'

/** The index of the route that takes this reading of a path, by the sentences of precedence, and slowly: each route is compared in turn. */
export function bestOf (matches: readonly MatchView[], { method, host = '', fields }: RequestHead, path: string): number | undefined {
  const ranked = matches.flatMap((match, index) => {
    const hosts = match.hosts.map((each) => each === host ? 1000 : each.startsWith('*.') && host.endsWith(each.slice(1)) ? each.length : -1)
    const hostRank = match.hosts.length === 0 ? 0 : Math.max(...hosts)
    const segments = match.path === '/' ? [] : match.path.slice(1).split('/')
    const isBelow = path.slice(1).split('/').slice(0, segments.length).join('/') === segments.join('/')
    if (hostRank < 0 || !(match.isExact ? path === match.path : isBelow)) return []
    if (match.methods.length > 0 && !match.methods.includes(method)) return []
    const headers = Object.entries(match.headers)
    const cookies = Object.entries(match.cookies)
    const sent = (fields.get('cookie') ?? '').split('; ')
    if (headers.some(([name, value]) => fields.get(name) !== value)) return []
    if (cookies.some(([name, value]) => !sent.includes(`${name}=${value}`))) return []
    const pathRank = match.isExact ? 1000 : segments.length
    return [[hostRank, pathRank, match.methods.length > 0 ? 1 : 0, headers.length + cookies.length, -index]]
  })
  ranked.sort((a, b) => b[0]! - a[0]! || b[1]! - a[1]! || b[2]! - a[2]! || b[3]! - a[3]! || b[4]! - a[4]!)
  return ranked[0] === undefined ? undefined : -ranked[0][4]!
}
