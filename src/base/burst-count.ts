import type { Clock } from './clock.ts'

/** Counts events that may come in bursts and reports them at most once per second, so that a flood does not flood the log. */
export class BurstCount {
  readonly #clock: Clock
  readonly #report: (count: number) => void
  #count = 0
  #cancel: (() => void) | undefined

  constructor (clock: Clock, report: (count: number) => void) {
    this.#clock = clock
    this.#report = report
  }

  /** Returns the number of events since the last report, including this one. */
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
