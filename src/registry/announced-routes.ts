import type { AnnouncedRoute } from '../backends/spec.ts'
import type { MatchView } from '../http/match-view.ts'
import type { Clock } from '../base/clock.ts'
import { Subscribers } from '../base/subscribers.ts'
import { announcersOf, chosenOf, type Announcement, type Announcer, type KeptRoute } from './announcement.ts'
import type { RegistryChange, RegistryEntry, RegistryStore } from './store.ts'

export interface AnnouncedRoutesOptions {
  readonly store: RegistryStore
  readonly clock: Clock
  /** How long the routes of a service stay when its last backend has left; 0: they go at once. */
  readonly graceMs: number
  readonly idOf: (match: MatchView) => string
  /** One text for each host of a match: two services must not have one in common. */
  readonly placesOf: (match: MatchView) => readonly string[]
  /** Whether the backend of this id is healthy. Before one that announces a route is, the route would only take others' requests away. */
  readonly isHealthy: (id: string) => boolean
  /** What speaks against a route, in words, `covered` where the configuration file has it already, or undefined. */
  readonly judge: (match: MatchView, service: string) => string | undefined
  /** A route is not in force; called once for each reason. */
  readonly onRefused: (match: MatchView, service: string, why: string) => void
}

interface Identity {
  readonly id: string
  readonly places: readonly string[]
}

interface Known extends Identity {
  readonly service: string
  readonly since: number
  /** What was last in force. */
  route: AnnouncedRoute
  announcers: readonly Announcer[]
  /** It has been in force. */
  isLive: boolean
  endsAt: number | undefined
  cancel: () => void
  /** Why it is not in force, as told. */
  refusal: string | undefined
}

/** Judged so, a route is in force by the configuration file, with what it says of it. */
export const covered = 'covered'

/** Which routes the backends in the registry announce, older before newer. */
export class AnnouncedRoutes {
  readonly #options: AnnouncedRoutesOptions
  /** By service and id, in the order in which they were first announced. */
  readonly #known = new Map<string, Known>()
  readonly #seen = new Map<string, RegistryEntry>()
  readonly #owners = new Map<string, Known>()
  readonly #identities = new WeakMap<MatchView, Identity>()
  readonly #changes = new Subscribers<undefined>()
  readonly #unwatch: () => void
  #list: readonly Announcement[] = []
  #text = '[]'

  constructor (options: AnnouncedRoutesOptions) {
    this.#options = options
    for (const entry of options.store.snapshot()) this.#seen.set(entry.id, entry)
    this.#unwatch = options.store.watch((change) => { this.#follow(change) })
    this.refresh()
  }

  /** Those in force: the same array until that changes. */
  list (): readonly Announcement[] {
    return this.#list
  }

  /** Calls `listener` when the list has changed; returns the function that ends this. */
  watch (listener: () => void): () => void {
    return this.#changes.subscribe(() => { listener() })
  }

  /** Another service that has a route with this match, whether or not it is in force yet. */
  otherOwner (match: MatchView, service: string): Announcement | undefined {
    for (const place of this.#identify(match).places) {
      const owner = this.#owners.get(place)
      if (owner !== undefined && owner.service !== service) return this.#view(owner, undefined)
    }
    return undefined
  }

  /** What is to survive a restart without a backend that says it again. */
  kept (): readonly KeptRoute[] {
    return [...this.#known.values()].flatMap(({ service, route, endsAt }) => endsAt === undefined ? [] : [{ service, route, endsAt }])
  }

  /** Whether a service without backends has routes that still answer for it. */
  isKept (service: string): boolean {
    return this.#list.some((route) => route.endsAt !== undefined && route.service === service)
  }

  /** After a restart: these are in force until their time, and so is what restored backends announce, before they are checked. */
  restore (kept: readonly KeptRoute[]): void {
    const latest = this.#options.clock.date() + this.#options.graceMs
    for (const { service, route, endsAt } of kept) {
      if (!this.#known.has(this.#keyOf(service, route.match))) this.#end(this.#add(service, route, []), Math.min(endsAt, latest))
    }
    for (const known of this.#known.values()) known.isLive = true
    this.refresh()
  }

  /** Ends a route whose backends have all left. Returns whether there was one of this id. */
  forget (id: string): boolean {
    const kept = [...this.#known].filter(([, known]) => known.id === id && known.endsAt !== undefined)
    for (const [key, { cancel }] of kept) {
      cancel()
      this.#known.delete(key)
    }
    this.refresh()
    return kept.length > 0
  }

  /** Looks again: a backend has become healthy, or routes are judged in another way. */
  refresh (): void {
    const { announcers, living } = announcersOf(this.#options.store.snapshot(), (service, match) => this.#keyOf(service, match))
    for (const [key, known] of this.#known) {
      known.announcers = []
      if (announcers.has(key)) continue
      // A living service has said what it serves now; one without backends has not.
      if (living.has(known.service) || !known.isLive || this.#options.graceMs === 0) {
        known.cancel()
        this.#known.delete(key)
      } else if (known.endsAt === undefined) this.#end(known, this.#options.clock.date() + this.#options.graceMs)
    }
    for (const all of announcers.values()) {
      const chosen = chosenOf(all)
      const known = this.#add(chosen[0].entry.service, chosen[0].route, chosen)
      known.isLive ||= chosen.some(({ entry }) => this.#options.isHealthy(entry.id))
    }
    this.#compose(living)
  }

  close (): void {
    this.#unwatch()
    for (const { cancel } of this.#known.values()) cancel()
  }

  #follow (change: RegistryChange): void {
    const { type, entry } = change
    if (type === 'renew') return
    const before = this.#seen.get(entry.id)
    if (type === 'put') this.#seen.set(entry.id, entry)
    else this.#seen.delete(entry.id)
    if (this.#known.size === 0 && (entry.spec.routes ?? []).length === 0) return
    const isSame = type === 'put' && before?.spec.routes === entry.spec.routes && before?.spec.name === entry.spec.name &&
      before.desiredState === entry.desiredState
    if (!isSame) this.refresh()
  }

  /** With what is announced now; it has not ended. */
  #add (service: string, route: AnnouncedRoute, announcers: readonly Announcer[]): Known {
    const key = this.#keyOf(service, route.match)
    let known = this.#known.get(key)
    if (known === undefined) {
      const since = this.#options.clock.date()
      const { id, places } = this.#identify(route.match)
      known = { id, places, service, since, route, announcers, isLive: false, endsAt: undefined, cancel: () => {}, refusal: undefined }
      this.#known.set(key, known)
    }
    known.cancel()
    return Object.assign(known, { route, announcers, endsAt: undefined })
  }

  #end (known: Known, endsAt: number): void {
    known.endsAt = endsAt
    known.cancel = this.#options.clock.after(Math.max(0, endsAt - this.#options.clock.date()), () => {
      this.#known.delete(this.#keyOf(known.service, known.route.match))
      this.refresh()
    })
  }

  #compose (living: ReadonlyMap<string, number>): void {
    const list: Announcement[] = []
    this.#owners.clear()
    for (const known of this.#known.values()) {
      const why = this.#refusalOf(known)
      if (why !== undefined && why !== covered && why !== known.refusal) this.#options.onRefused(known.route.match, known.service, why)
      known.refusal = why
      if (why === undefined && known.isLive) list.push(this.#view(known, living.get(known.service)))
    }
    const text = JSON.stringify(list.map(({ backendIds, ...rest }) => [rest, backendIds && [...backendIds]]))
    if (text === this.#text) return
    this.#text = text
    this.#list = list
    this.#changes.notify(undefined)
  }

  /** The older of two services keeps what both announce. */
  #refusalOf (known: Known): string | undefined {
    const { route: { match }, service, places } = known
    const judgement = this.#options.judge(match, service)
    if (judgement !== undefined) return judgement
    for (const place of places) {
      const owner = this.#owners.get(place)
      if (owner !== undefined && owner.service !== service) return `the service ${owner.service} announces it already`
    }
    for (const place of places) if (!this.#owners.has(place)) this.#owners.set(place, known)
    return undefined
  }

  #view ({ id, service, route, announcers, since, endsAt }: Known, backends: number | undefined): Announcement {
    const isForAll = announcers.length === 0 || announcers.length === backends
    return {
      id,
      service,
      match: route.match,
      replacePrefix: route.replacePrefix,
      backendIds: isForAll ? undefined : new Set(announcers.map(({ entry }) => entry.id)),
      names: announcers.map(({ entry }) => entry.spec.name),
      since,
      endsAt
    }
  }

  #keyOf (service: string, match: MatchView): string {
    return `${service} ${this.#identify(match).id}`
  }

  /** Looked up for each route at each change. */
  #identify (match: MatchView): Identity {
    let identity = this.#identities.get(match)
    if (identity === undefined) {
      identity = { id: this.#options.idOf(match), places: this.#options.placesOf(match) }
      this.#identities.set(match, identity)
    }
    return identity
  }
}
