import type { Clock } from '../clock.ts'
import type { Lease } from './lease.ts'
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
  acquire (): Lease | undefined
  onLease (lease: Lease): void
  /** It has waited too long, or there is no backend to wait for any more. */
  onGivenUp (): void
}

interface Place {
  readonly waiter: Waiter
  readonly cancelTimeout: () => void
}

/** Requests for which no backend has room just now: first in, first out, bounded in number and time. */
export class WaitingLine {
  readonly #options: WaitingLineOptions
  /** In the order in which they came. */
  readonly #places = new Set<Place>()
  readonly #unsubscribe: () => void
  #isServing = false

  constructor (options: WaitingLineOptions) {
    this.#options = options
    this.#unsubscribe = options.registry.watchTraffic({ onCapacity: () => { this.#serve() } })
  }

  get length (): number {
    return this.#places.size
  }

  /** Returns the function that gives up the place, or undefined when there is none: the line is full, or there is nobody to wait for. */
  join (waiter: Waiter): (() => void) | undefined {
    const { registry, clock, size, timeoutMs } = this.#options
    if (this.#places.size >= size || registry.rotation.length === 0) return undefined
    const place: Place = {
      waiter,
      cancelTimeout: clock.after(timeoutMs, () => {
        this.#places.delete(place)
        waiter.onGivenUp()
      })
    }
    this.#places.add(place)
    return () => { this.#leave(place) }
  }

  close (): void {
    this.#unsubscribe()
    for (const place of this.#places) place.cancelTimeout()
    this.#places.clear()
  }

  #leave (place: Place): void {
    place.cancelTimeout()
    this.#places.delete(place)
  }

  /** Gives leases to the first ones while there are any. What it calls may come back here. */
  #serve (): void {
    if (this.#places.size === 0 || this.#isServing) return
    this.#isServing = true
    try {
      for (const place of this.#places) {
        const { waiter } = place
        const hasBackends = this.#options.registry.rotation.length > 0
        const lease = hasBackends ? waiter.acquire() : undefined
        if (hasBackends && lease === undefined) return
        this.#leave(place)
        if (lease === undefined) waiter.onGivenUp()
        else waiter.onLease(lease)
      }
    } finally {
      this.#isServing = false
    }
  }
}
