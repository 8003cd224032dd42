import type { Clock } from './clock.ts'

/**
 * A time limit that is moved with every request and rarely expires. Moving it only reads the clock: the timer stays, and if it
 * fires too early, it is set again for the rest.
 */
export class Deadline {
  readonly #clock: Clock
  readonly #onPassed: () => void
  #passesAt = Infinity
  #looksAt = Infinity
  #cancel: (() => void) | undefined

  constructor (clock: Clock, onPassed: () => void) {
    this.#clock = clock
    this.#onPassed = onPassed
  }

  /** Replaces the current limit, if any. */
  set (delayMs: number): void {
    this.#passesAt = this.#clock.now() + delayMs
    if (this.#passesAt < this.#looksAt) this.#lookAfter(delayMs)
  }

  /** Removes the limit until the next `set`. The timer is kept for that. */
  lift (): void {
    this.#passesAt = Infinity
  }

  /** Releases the timer. */
  end (): void {
    this.#passesAt = Infinity
    this.#looksAt = Infinity
    this.#cancel?.()
    this.#cancel = undefined
  }

  #lookAfter (delayMs: number): void {
    this.#cancel?.()
    this.#looksAt = this.#clock.now() + delayMs
    this.#cancel = this.#clock.after(delayMs, () => { this.#look() })
  }

  #look (): void {
    this.#cancel = undefined
    this.#looksAt = Infinity
    if (this.#passesAt === Infinity) return
    const leftMs = this.#passesAt - this.#clock.now()
    if (leftMs > 0) {
      this.#lookAfter(Math.max(1, leftMs))
    } else {
      this.#passesAt = Infinity
      this.#onPassed()
    }
  }
}
