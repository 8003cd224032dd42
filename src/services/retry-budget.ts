import { RecentCount } from '../base/recent-count.ts'

/** So many retries are always allowed: where there is little traffic, a share of it would be none. */
export const leastRetries = 3

/**
 * Retries of requests that were sent are at most a share of the requests of the last 10 s, so that an outage is not multiplied,
 * as Finagle's and Linkerd's retry budgets do it.
 */
export class RetryBudget {
  #ratio: number
  #least: number
  readonly #requests = new RecentCount()
  readonly #retries = new RecentCount()

  constructor (percent: number, least = leastRetries) {
    this.#ratio = percent / 100
    this.#least = least
  }

  configure (percent: number, least = leastRetries): void {
    this.#ratio = percent / 100
    this.#least = least
  }

  onRequest (nowMs: number): void {
    this.#requests.add(nowMs)
  }

  /** Whether one more retry is within the budget; if so, it is counted. */
  spend (nowMs: number): boolean {
    if (this.#retries.count(nowMs) >= Math.max(this.#least, this.#requests.count(nowMs) * this.#ratio)) return false
    this.#retries.add(nowMs)
    return true
  }
}
