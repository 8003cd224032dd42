import type { Clock } from '../base/clock.ts'

/** What the other side may make us do for nothing: so many at once, and then so many a second (a token bucket). */
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
    if (this.#left < 1) this.#refill()
    if (this.#left < 1) return false
    this.#left--
    return true
  }

  #refill (): void {
    const now = this.#clock.now()
    this.#left = Math.min(this.#most, this.#left + (now - this.#filledAt) * this.#perSecond / 1000)
    this.#filledAt = now
  }
}
