import { RecentCount } from '../base/recent-count.ts'

/** So many repeats are always allowed: where there is little traffic, a share of it would be none. */
const leastRepeats = 3

/**
 * Repeats of requests that were sent are at most a share of the requests of the last 10 s, so that an outage is not multiplied, as Finagle's and
 * Linkerd's retry budgets do it.
 */
export class RetryBudget {
  readonly #ratio: number
  readonly #requests = new RecentCount()
  readonly #repeats = new RecentCount()

  constructor (percent: number) {
    this.#ratio = percent / 100
  }

  onRequest (nowMs: number): void {
    this.#requests.add(nowMs)
  }

  /** Whether one more repeat is within the budget; if so, it is counted. */
  spend (nowMs: number): boolean {
    if (this.#repeats.count(nowMs) >= Math.max(leastRepeats, this.#requests.count(nowMs) * this.#ratio)) return false
    this.#repeats.add(nowMs)
    return true
  }
}
