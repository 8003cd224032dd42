import type { Clock } from './clock.ts'

/** Caps how often something is done: so many at once, and then so many a second (a token bucket). */
export class Budget {
  readonly #clock: Clock
  readonly #most: number
  readonly #perSecond: number
  /** Below 0 after more was charged than there was. */
  #left: number
  #filledAt: number

  constructor (clock: Clock, most: number, perSecond: number) {
    this.#clock = clock
    this.#most = most
    this.#perSecond = perSecond
    this.#left = most
    this.#filledAt = clock.now()
  }

  /** Takes one. Returns false when none is left. */
  spend (): boolean {
    this.#refill()
    if (this.#left < 1) return false
    this.#left--
    return true
  }

  /** Takes one, also where none is left. */
  charge (): void {
    this.#refill()
    this.#left--
  }

  /** Gives one back, as far as there may be more. */
  earn (): void {
    this.#left = Math.min(this.#most, this.#left + 1)
  }

  get isOverdrawn (): boolean {
    this.#refill()
    return this.#left < 0
  }

  /** How long until there is one, in ms. */
  get msUntilNext (): number {
    this.#refill()
    return Math.max(0, Math.ceil((1 - this.#left) * 1000 / this.#perSecond))
  }

  /** Each time, not only when none is left: the time in which it was full must not count. */
  #refill (): void {
    const now = this.#clock.now()
    this.#left = Math.min(this.#most, this.#left + (now - this.#filledAt) * this.#perSecond / 1000)
    this.#filledAt = now
  }
}
