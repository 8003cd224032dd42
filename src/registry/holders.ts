import type { Clock } from '../base/clock.ts'
import type { Lease } from '../backends/backend.ts'

/** One process that serves a backend, perhaps together with others: workers of one port register the same url. */
export interface Hold {
  /** What it calls itself; undefined: it gives no name, and all such are one. */
  readonly instance?: string | undefined
  /** Undefined: it stays until it is ended. */
  readonly ttlMs?: number | undefined
}

interface Held {
  readonly ttlMs: number | undefined
  /** Wall-clock time, ms since the epoch. */
  readonly expiresAt: number
  readonly cancel: () => void
}

export const maxHolders = 1000

const anonymous = ''

/** Those that hold one backend, each by a lease of its own. */
export class Holders {
  readonly #clock: Clock
  readonly #onExpired: (instance: string | undefined) => void
  readonly #held = new Map<string, Held>()

  /** `onExpired` is told who gave no sign of life; it is still among them then. */
  constructor (clock: Clock, onExpired: (instance: string | undefined) => void) {
    this.#clock = clock
    this.#onExpired = onExpired
  }

  get size (): number {
    return this.#held.size
  }

  has (instance: string | undefined): boolean {
    return this.#held.has(instance ?? anonymous)
  }

  /** Its lease begins, or begins anew. */
  grant ({ instance, ttlMs }: Hold): void {
    // Somebody who gives neither name nor lease added the backend and does not serve it: those who serve it decide how long it stays.
    if (instance !== undefined && this.isUnattended) this.release(undefined)
    if (instance === undefined && ttlMs === undefined && this.size > (this.has(undefined) ? 1 : 0)) return this.release(undefined)
    const key = instance ?? anonymous
    this.#held.get(key)?.cancel()
    const cancel = ttlMs === undefined ? () => {} : this.#clock.after(ttlMs, () => { this.#onExpired(instance) })
    this.#held.set(key, { ttlMs, expiresAt: this.#clock.date() + (ttlMs ?? Infinity), cancel })
  }

  /** Its lease begins anew with the ttl that it has. Returns whether it has one. */
  renew (instance: string | undefined): boolean {
    const held = this.#held.get(instance ?? anonymous)
    if (held !== undefined) this.grant(holdOf(instance ?? anonymous, held))
    return held !== undefined
  }

  release (instance: string | undefined): void {
    const key = instance ?? anonymous
    this.#held.get(key)?.cancel()
    this.#held.delete(key)
  }

  /** It was added by somebody who does not serve it, and no process has said that it does. */
  get isUnattended (): boolean {
    const held = this.#held.get(anonymous)
    return this.size === 1 && held !== undefined && held.ttlMs === undefined
  }

  all (): Hold[] {
    return [...this.#held].map(([key, held]) => holdOf(key, held))
  }

  /** How long the backend stays if none of them gives a sign of life; undefined: until it is removed. */
  get lease (): Lease | undefined {
    let last: Lease | undefined
    for (const { ttlMs, expiresAt } of this.#held.values()) {
      if (ttlMs === undefined) return undefined
      if (last === undefined || expiresAt > last.expiresAt) last = { ttlMs, expiresAt }
    }
    return last
  }

  /** Ends all leases. */
  close (): void {
    for (const { cancel } of this.#held.values()) cancel()
    this.#held.clear()
  }
}

function holdOf (key: string, { ttlMs }: Held): Hold {
  return { instance: key === anonymous ? undefined : key, ttlMs }
}
