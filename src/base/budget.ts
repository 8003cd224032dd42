import type { Clock } from './clock.ts'

/** Caps how often something is done: so many at once, and then so many a second (a token bucket). */
export class Budget {
  readonly #clock: Clock
  readonly #most: number
  readonly #perSecond: number
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

  /** Each time, not only when none is left: the time in which it was full must not count. */
  #refill (): void {
    const now = this.#clock.now()
    this.#left = Math.min(this.#most, this.#left + (now - this.#filledAt) * this.#perSecond / 1000)
    this.#filledAt = now
  }
}
