const buckets = 10
const bucketMs = 1000

/** Counts events of the last 10 s, to within a second. Times are monotonic, in ms. */
export class RecentCount {
  readonly #counts = new Uint32Array(buckets)
  #second = 0
  #total = 0

  add (nowMs: number): void {
    this.#moveTo(nowMs)
    this.#counts[this.#second % buckets]!++
    this.#total++
  }

  count (nowMs: number): number {
    this.#moveTo(nowMs)
    return this.#total
  }

  clear (): void {
    this.#counts.fill(0)
    this.#total = 0
  }

  /** Drops the seconds that have expired. */
  #moveTo (nowMs: number): void {
    const second = Math.floor(nowMs / bucketMs)
    if (second === this.#second) return
    for (let next = Math.max(this.#second + 1, second - buckets + 1); next <= second; next++) {
      this.#total -= this.#counts[next % buckets]!
      this.#counts[next % buckets] = 0
    }
    this.#second = second
  }
}
