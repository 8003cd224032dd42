import type { AnnouncedRoute } from '../backends/spec.ts'
import type { MatchView } from '../http/match-view.ts'
import type { RegistryEntry } from './store.ts'
import { increment } from '../base/counts.ts'

/** A route that backends announce, or did until the last backend of their service has left. */
export interface Announcement {
  /** By its match. */
  readonly id: string
  readonly service: string
  readonly match: MatchView
  readonly replacePrefix: string | undefined
  /** Those that its requests may go to; undefined: all of the service, since all announce it, or since there is none left. */
  readonly backendIds: ReadonlySet<string> | undefined
  /** Of the backends that announce it; empty where they have left. */
  readonly names: readonly string[]
  /** When it was first announced, wall-clock ms. */
  readonly since: number
  /** When a route whose backends have all left goes, wall-clock ms. */
  readonly endsAt: number | undefined
}

/** A route that outlives the backends that announced it. */
export interface KeptRoute {
  readonly service: string
  readonly route: AnnouncedRoute
  /** Wall-clock ms. */
  readonly endsAt: number
}

/** A backend, and a route that it announces. */
export interface Announcer {
  readonly entry: RegistryEntry
  readonly route: AnnouncedRoute
}

/** At least one. */
export type Announcers = readonly [Announcer, ...Announcer[]]

/** Who announces which route, by `keyOf`, in the order of the entries; and how many backends each service has, where it has any. */
export function announcersOf (entries: readonly RegistryEntry[], keyOf: (service: string, match: MatchView) => string) {
  const announcers = new Map<string, [Announcer, ...Announcer[]]>()
  const living = new Map<string, number>()
  for (const entry of entries) {
    increment(living, entry.service)
    for (const route of entry.spec.routes ?? []) {
      const key = keyOf(entry.service, route.match)
      const known = announcers.get(key)
      if (known === undefined) announcers.set(key, [{ entry, route }])
      else known.push({ entry, route })
    }
  }
  return { announcers, living }
}

/**
 * Backends may announce one match with different prefixes, as in a rollout that changes it. No backend is sent a path as another one
 * wants it: the oldest form counts, and as soon as none of its backends is ready, the next.
 */
export function chosenOf (all: Announcers): Announcers {
  const { route: { replacePrefix } } = all.find(({ entry }) => entry.desiredState === 'ready') ?? all[0]
  const [first, ...others] = all.filter(({ route }) => route.replacePrefix === replacePrefix)
  return [first ?? all[0], ...others]
}
