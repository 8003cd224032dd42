import { createHash } from 'node:crypto'
import { identityOf } from './conflicts.ts'
import type { MatchView } from './route-info.ts'

/** The id of the route with this match: the same after a reload or a restart, and on every gateway. */
export function routeIdOf (match: MatchView): string {
  return createHash('sha256').update(identityOf(match)).digest('hex').slice(0, 12)
}

/** One text for each host of a match. Two routes that share one match the same requests there. */
export function placesOf (match: MatchView): readonly string[] {
  const hosts = match.hosts.length === 0 ? [''] : match.hosts
  return hosts.map((host) => identityOf({ ...match, hosts: [host] }))
}
