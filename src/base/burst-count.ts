import type { Clock } from './clock.ts'

/** Counts what may come in bursts, and reports it once a second at most: a flood must not flood the log as well. */
export class BurstCount {
  readonly #clock: Clock
  readonly #report: (count: number) => void
  #count = 0
  #cancel: (() => void) | undefined

  constructor (clock: Clock, report: (count: number) => void) {
    this.#clock = clock
    this.#report = report
  }

  /** Returns how many there were since the last report, this one included. */
  add (): number {
    this.#cancel ??= this.#clock.after(1000, () => {
      const count = this.#count
      this.close()
      this.#report(count)
    })
    return ++this.#count
  }

  close (): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#count = 0
  }
}
