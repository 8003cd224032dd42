import { Budget } from '../../base/budget.ts'
import type { Clock } from '../../base/clock.ts'

/** Begins a handshake; `isPaid`: it has been counted as a full one. */
type Begin = (isPaid: boolean) => void

/**
 * Lets so many full handshakes begin in a second, and as many at once; the others wait in turn. Those that resume a session cost a
 * fraction and do not wait, unless clients pretend to.
 */
export class HandshakeLimit {
  readonly #clock: Clock
  /** Undefined: there is no limit. */
  readonly #budget: Budget | undefined
  readonly #waiting = new Set<Begin>()
  #cancelTurn: (() => void) | undefined

  /** `perSecond` 0: there is no limit. */
  constructor (clock: Clock, perSecond: number) {
    this.#clock = clock
    if (perSecond > 0) this.#budget = new Budget(clock, perSecond, perSecond)
  }

  get waiting (): number {
    return this.#waiting.size
  }

  /** Calls `begin`, at once or when it is its turn; the returned function gives the turn up. */
  take (isResuming: boolean, begin: Begin): () => void {
    const budget = this.#budget
    if (budget === undefined) begin(true)
    else if (isResuming && !budget.isOverdrawn) begin(false)
    else if (this.#waiting.size === 0 && budget.spend()) begin(true)
    else {
      this.#waiting.add(begin)
      this.#awaitTurn(budget)
    }
    return () => { this.#waiting.delete(begin) }
  }

  /** A handshake that was to resume a session was a full one after all. */
  charge (): void {
    this.#budget?.charge()
  }

  #awaitTurn (budget: Budget): void {
    if (this.#cancelTurn !== undefined || this.#waiting.size === 0) return
    this.#cancelTurn = this.#clock.after(budget.msUntilNext, () => {
      this.#cancelTurn = undefined
      for (const begin of this.#waiting) {
        if (!budget.spend()) break
        this.#waiting.delete(begin)
        begin(true)
      }
      this.#awaitTurn(budget)
    })
  }

  /** Nobody gets a turn any more. */
  end (): void {
    this.#waiting.clear()
    this.#cancelTurn?.()
    this.#cancelTurn = undefined
  }
}
