import { Subscribers } from '../base/subscribers.ts'
import { hostsOf } from '../routing/conflicts.ts'
import { describeMatch, isAtOrBelow, parseMatch, readMatch } from '../routing/match.ts'
import { placesOf, routeIdOf } from '../routing/route-id.ts'
import type { MatchView } from '../http/match-view.ts'

/** A route of the configuration file, as far as announced ones must respect it. */
export interface FileRoute {
  readonly match: MatchView
  /** Undefined: a split or a redirect. */
  readonly service: string | undefined
  /** Such as `evenkeel.yaml:14`. */
  readonly origin: string
}

/** What speaks against an announced route: `registration.allow` does not cover it, or the file has it for something else. */
export type Objection =
  | { readonly type: 'not-allowed' }
  | { readonly type: 'taken', readonly by: string }
  /** The file sends the same requests to the same service. */
  | { readonly type: 'covered' }

/** What the configuration file says of routes that backends announce. Without a file they may announce anything. */
export class AnnouncementPolicy {
  /** What is said in the file is said anew. */
  readonly changes = new Subscribers<undefined>()
  #allowed: readonly MatchView[] | undefined
  #services: ReadonlySet<string> = new Set()
  #byPlace: ReadonlyMap<string, FileRoute> = new Map()
  #byId: ReadonlyMap<string, FileRoute> = new Map()

  /** `allowed` is what `readAllowed` returns; undefined: anything. */
  configure (file: {
    readonly allowed: readonly MatchView[] | undefined
    readonly routes: readonly FileRoute[]
    /** The services that stand in the file: they stay without backends. */
    readonly services: readonly string[]
  }): void {
    this.#allowed = file.allowed
    this.#services = new Set(file.services)
    this.#byPlace = new Map(file.routes.flatMap((route) => placesOf(route.match).map((place) => [place, route])))
    this.#byId = new Map(file.routes.map((route) => [routeIdOf(route.match), route]))
    this.changes.notify(undefined)
  }

  /** Whether the file names this service. */
  hasService (service: string): boolean {
    return this.#services.has(service)
  }

  /** The route of the file that has this id. */
  fileRoute (id: string): FileRoute | undefined {
    return this.#byId.get(id)
  }

  allow (match: MatchView): boolean {
    const allowed = this.#allowed
    if (allowed === undefined) return true
    return hostsOf(match).every((host) => allowed.some((pattern) => coversHost(pattern, host) && isAtOrBelow(match.path, pattern.path)))
  }

  objectionTo (match: MatchView, service: string): Objection | undefined {
    if (!this.allow(match)) return { type: 'not-allowed' }
    const same = placesOf(match).map((place) => this.#byPlace.get(place))
    const other = same.find((route) => route !== undefined && route.service !== service)
    if (other !== undefined) return { type: 'taken', by: `${describeMatch(other.match)} of ${other.origin} has the same match` }
    return same.every((route) => route !== undefined) ? { type: 'covered' } : undefined
  }
}

/** What `registration.allow` says, and what is wrong with it, each by its index in the list. */
export interface ReadPatterns {
  readonly allowed: readonly MatchView[]
  readonly problems: ReadonlyArray<{ readonly index: number, readonly message: string }>
}

/** Reads `registration.allow`: `host/path`, where the host may be `*.example.com` or missing. */
export function readAllowed (patterns: readonly string[]): ReadPatterns {
  const problems: Array<{ index: number, message: string }> = []
  const allowed: MatchView[] = []
  for (const [index, pattern] of patterns.entries()) {
    const match = readMatch(parseMatch(pattern))
    if (Array.isArray(match)) problems.push({ index, message: match.map(({ message }) => message).join('; ') })
    else if (match.methods.length > 0) problems.push({ index, message: `"${pattern}" names a method: a pattern is for all methods` })
    else allowed.push(match)
  }
  return { allowed, problems }
}

/** `''` is a route for any host, which only a pattern without a host covers. */
function coversHost ({ hosts: [pattern] }: MatchView, host: string): boolean {
  if (pattern === undefined || pattern === host) return true
  return pattern.startsWith('*.') && host.endsWith(pattern.slice(1))
}
