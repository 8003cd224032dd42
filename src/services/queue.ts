import type { Clock } from '../base/clock.ts'
import type { Backend } from '../backends/backend.ts'
import type { Lease } from './attempt.ts'
import type { Registry } from './registry.ts'

export interface WaitingLineOptions {
  readonly registry: Registry
  readonly clock: Clock
  /** How many may wait at most. */
  readonly size: number
  readonly timeoutMs: number
}

/** A request that waits for a backend to have room. */
export interface Waiter {
  /** The backends that have failed it: what it may use is decided by these alone, not by its key or its cookie. */
  readonly tried: readonly Backend[]
  acquire (): Lease | undefined
  onLease (lease: Lease): void
  /** It has waited too long, or there is no backend to wait for any more. */
  onGivenUp (): void
}

interface Place {
  readonly waiter: Waiter
  readonly group: Group
  /** Counts those that have joined. */
  readonly number: number
  readonly cancelTimeout: () => void
}

/** Requests that may use the same backends: as long as there is nothing for the first of them, there is nothing for the others. */
interface Group {
  readonly key: string
  /** In the order in which they came. */
  readonly places: Set<Place>
}

/**
 * Requests for which no backend has room just now, bounded in number and time. None waits while a backend that it may use
 * has room. Those that wait for the same backends are served first in, first out; those that wait for others never hold
 * them up.
 */
export class WaitingLine {
  readonly #options: WaitingLineOptions
  readonly #groups = new Map<string, Group>()
  readonly #unsubscribe: () => void
  #length = 0
  #joined = 0
  #isServing = false
  /** There may be room that was not looked at yet. */
  #hasNews = false

  constructor (options: WaitingLineOptions) {
    this.#options = options
    this.#unsubscribe = options.registry.watchTraffic({ onCapacity: () => { this.#serve() } })
  }

  get length (): number {
    return this.#length
  }

  /** A lease for a request that does not wait yet, unless others that wait for the same come first. */
  acquire (waiter: Waiter): Lease | undefined {
    return this.#length > 0 && this.#groups.has(keyOf(waiter.tried)) ? undefined : waiter.acquire()
  }

  /** Returns the function that gives up the place, or undefined when there is none: the line is full, or there is nothing to wait for. */
  join (waiter: Waiter): (() => void) | undefined {
    const { registry, clock, size, timeoutMs } = this.#options
    if (this.#length >= size || registry.rotation.length === 0) return undefined
    const place: Place = {
      waiter,
      group: this.#groupOf(waiter),
      number: ++this.#joined,
      cancelTimeout: clock.after(timeoutMs, () => {
        this.#leave(place)
        waiter.onGivenUp()
      })
    }
    place.group.places.add(place)
    this.#length++
    return () => { this.#leave(place) }
  }

  close (): void {
    this.#unsubscribe()
    for (const { places } of this.#groups.values()) for (const place of places) this.#leave(place)
  }

  #groupOf ({ tried }: Waiter): Group {
    const key = keyOf(tried)
    const known = this.#groups.get(key)
    if (known !== undefined) return known
    const group: Group = { key, places: new Set() }
    this.#groups.set(key, group)
    return group
  }

  #leave (place: Place): void {
    const { group: { key, places }, cancelTimeout } = place
    cancelTimeout()
    if (!places.delete(place)) return
    this.#length--
    if (places.size === 0) this.#groups.delete(key)
  }

  /** Gives leases to those that wait while there are any. What it calls may come back here. */
  #serve (): void {
    this.#hasNews = true
    if (this.#isServing) return
    this.#isServing = true
    try {
      while (this.#hasNews && this.#length > 0) {
        this.#hasNews = false
        if (this.#options.registry.rotation.length > 0) this.#serveGroups()
        else this.#giveUp()
      }
    } finally {
      this.#isServing = false
    }
  }

  #serveGroups (): void {
    const open = new Set(this.#groups.values())
    for (let place = oldestOf(open); place !== undefined; place = oldestOf(open)) {
      const lease = place.waiter.acquire()
      if (lease === undefined) {
        // One that has left instead, since its strategy has failed, tells nothing of those after it.
        if (place.group.places.has(place)) open.delete(place.group)
        continue
      }
      this.#leave(place)
      place.waiter.onLease(lease)
    }
  }

  #giveUp (): void {
    for (const { places } of [...this.#groups.values()]) {
      for (const place of places) {
        this.#leave(place)
        place.waiter.onGivenUp()
      }
    }
  }
}

/** The one that has waited longest of all. */
function oldestOf (groups: ReadonlySet<Group>): Place | undefined {
  let oldest: Place | undefined
  for (const { places } of groups) {
    const first = places.values().next().value
    if (first !== undefined && (oldest === undefined || first.number < oldest.number)) oldest = first
  }
  return oldest
}

function keyOf (tried: readonly Backend[]): string {
  return tried.length === 0 ? '' : [...new Set(tried.map(({ id }) => id))].sort().join()
}
