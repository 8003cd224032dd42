import type { Clock } from '../../base/clock.ts'

/** Begins a handshake; `isPaid`: it has been counted as a full one. */
type Begin = (isPaid: boolean) => void

/**
 * Lets so many full handshakes begin in a second, and as many at once; the others wait in turn. Those that resume a session cost a
 * fraction and do not wait, unless clients pretend to.
 */
export class HandshakeLimit {
  readonly #clock: Clock
  readonly #perSecond: number
  /** Below 0: clients that did not resume the session that they named have begun more than there may be. */
  #left: number
  #filledAt: number
  readonly #waiting = new Set<Begin>()
  #cancelTurn: (() => void) | undefined

  /** `perSecond` 0: there is no limit. */
  constructor (clock: Clock, perSecond: number) {
    this.#clock = clock
    this.#perSecond = perSecond
    this.#left = perSecond
    this.#filledAt = clock.now()
  }

  get waiting (): number {
    return this.#waiting.size
  }

  /** Calls `begin`, at once or when it is its turn; the returned function gives the turn up. */
  take (isResuming: boolean, begin: Begin): () => void {
    if (this.#perSecond === 0) {
      begin(true)
      return ignore
    }
    this.#refill()
    if (isResuming && this.#left >= 0) {
      begin(false)
      return ignore
    }
    if (this.#left >= 1 && this.#waiting.size === 0) {
      this.#left--
      begin(true)
      return ignore
    }
    this.#waiting.add(begin)
    this.#awaitTurn()
    return () => { this.#waiting.delete(begin) }
  }

  /** A handshake that was to resume a session was a full one after all. */
  charge (): void {
    this.#refill()
    this.#left--
  }

  #awaitTurn (): void {
    if (this.#cancelTurn !== undefined || this.#waiting.size === 0) return
    const ms = Math.max(0, Math.ceil((1 - this.#left) * 1000 / this.#perSecond))
    this.#cancelTurn = this.#clock.after(ms, () => {
      this.#cancelTurn = undefined
      this.#refill()
      for (const begin of this.#waiting) {
        if (this.#left < 1) break
        this.#left--
        this.#waiting.delete(begin)
        begin(true)
      }
      this.#awaitTurn()
    })
  }

  #refill (): void {
    const now = this.#clock.now()
    this.#left = Math.min(this.#perSecond, this.#left + (now - this.#filledAt) * this.#perSecond / 1000)
    this.#filledAt = now
  }

  /** Nobody gets a turn any more. */
  end (): void {
    this.#waiting.clear()
    this.#cancelTurn?.()
    this.#cancelTurn = undefined
  }
}

function ignore (): void {}
