import { createHash } from 'node:crypto'
import { hostsOf, identityOf } from './conflicts.ts'
import type { MatchView } from '../http/match-view.ts'

/** The id of the route with this match: the same after a reload or a restart, and on every gateway. */
export function routeIdOf (match: MatchView): string {
  return createHash('sha256').update(identityOf(match)).digest('hex').slice(0, 12)
}

/** One text for each host of a match. Two routes that share one match the same requests there. */
export function placesOf (match: MatchView): readonly string[] {
  return hostsOf(match).map((host) => identityOf({ ...match, hosts: [host] }))
}
