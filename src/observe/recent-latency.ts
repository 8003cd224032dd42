/** Buckets per doubling: a quantile is off by at most 4.5 %. */
const bucketsPerDoubling = 8

/** Upper bound of the first bucket. The last one ends just below two minutes. */
const leastMs = 0.1
const bucketCount = 160

/** The number of parts of the minute; the oldest part is dropped as a whole. */
const partCount = 6

/** How often to call `turn`. */
export const turnMs = 10_000

/**
 * The latencies of the last minute as a histogram, for quantiles. Its size is fixed (about 4.5 KB) and adding a latency
 * costs three increments, so that each of many backends can have one.
 */
export class RecentLatency {
  readonly #parts = new Uint32Array(partCount * bucketCount)
  readonly #sums = new Uint32Array(bucketCount)
  #part = 0
  #total = 0

  add (latencyMs: number): void {
    const bucket = bucketOf(latencyMs)
    this.#parts[this.#part * bucketCount + bucket]!++
    this.#sums[bucket]!++
    this.#total++
  }

  /** Starts the next part and drops the one that is a minute old. */
  turn (): void {
    this.#part = (this.#part + 1) % partCount
    if (this.#total === 0) return
    const oldest = this.#parts.subarray(this.#part * bucketCount, (this.#part + 1) * bucketCount)
    for (let i = 0; i < bucketCount; i++) {
      this.#sums[i]! -= oldest[i]!
      this.#total -= oldest[i]!
    }
    oldest.fill(0)
  }

  /** In ms, by nearest rank; undefined if nothing was measured. */
  quantile (q: number): number | undefined {
    if (this.#total === 0) return undefined
    let left = Math.ceil(this.#total * q)
    let bucket = -1
    while (left > 0) left -= this.#sums[++bucket]!
    return leastMs * 2 ** ((bucket - 0.5) / bucketsPerDoubling)
  }
}

function bucketOf (latencyMs: number): number {
  if (latencyMs <= leastMs) return 0
  return Math.min(bucketCount - 1, Math.ceil(Math.log2(latencyMs / leastMs) * bucketsPerDoubling))
}
