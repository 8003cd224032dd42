import type { Clock } from '../base/clock.ts'
import type { Forked, Waiting } from './forked.ts'

/** How many connections may be on their way to a child: one that hangs holds up no more than these. */
const maxUnacknowledged = 4

/** A child that acknowledges nothing for so long hangs, or nearly so: the others go on without it. */
const stalledMs = 100

/** How far a child may be ahead of the one with the fewest, which is only busy: as a part of that, and in any case. */
const maxAhead = { part: 0.1, count: 4 } as const

/** Gives each connection to the child that has the fewest; in turn where several have as few. */
export class Dealer {
  readonly #children: Forked[] = []
  #waiting: Waiting[] = []
  #turn = 0
  #isAwaited = false
  readonly #clock: Clock

  constructor (clock: Clock) {
    this.#clock = clock
  }

  /** Connections that no child could be given yet. */
  get waiting (): number {
    return this.#waiting.length
  }

  join (child: Forked): void {
    this.#children.push(child)
    this.#deal()
  }

  /** It gets no more connections. Those on their way to it stay, until `takeBack`. */
  leave (child: Forked): void {
    const at = this.#children.indexOf(child)
    if (at !== -1) this.#children.splice(at, 1)
  }

  add (waiting: Waiting): void {
    this.#waiting.push(waiting)
    this.#deal()
  }

  /** To be called when a child has acknowledged one. */
  acknowledged (): void {
    this.#deal()
  }

  /** Deals again, before all others, what a child that has ended had not acknowledged. */
  takeBack (child: Forked): void {
    this.leave(child)
    this.#waiting = [...child.unacknowledged.values(), ...this.#waiting]
    child.unacknowledged.clear()
    this.#deal()
  }

  /** Closes what waits: there is nobody left to take it. */
  end (): void {
    for (const { socket } of this.#waiting) socket.destroy()
    this.#waiting = []
  }

  #deal (): void {
    while (this.#waiting.length > 0) {
      const child = this.#next()
      if (child === undefined) break
      child.hand(this.#waiting.shift() as Waiting)
    }
    if (this.#waiting.length > 0 && this.#children.length > 0 && !this.#isAwaited) this.#tryAgain()
  }

  /** Connections that wait for a busy child wait no longer than until it counts as stalled. */
  #tryAgain (): void {
    this.#isAwaited = true
    this.#clock.after(stalledMs, () => {
      this.#isAwaited = false
      this.#deal()
    })
  }

  #next (): Forked | undefined {
    let best: Forked | undefined
    let bestAt = 0
    let fewest = Infinity
    for (let n = 0; n < this.#children.length; n++) {
      const at = (this.#turn + n) % this.#children.length
      const child = this.#children[at] as Forked
      const { open } = child
      if (child.unacknowledged.size >= maxUnacknowledged) {
        if (child.owesMs < stalledMs) fewest = Math.min(fewest, open)
      } else if (best === undefined || open < best.open) {
        best = child
        bestAt = at
      }
    }
    // In a burst, the child that acknowledges first must not get it all.
    if (best === undefined || best.open > fewest + Math.max(maxAhead.count, fewest * maxAhead.part)) return undefined
    this.#turn = bestAt + 1
    return best
  }
}
