import { bucketCount, quantileOf, type LatencyBuckets } from './latency-buckets.ts'

/** The number of parts of the minute; the oldest part is dropped as a whole. */
const partCount = 6

/** How often to call `turn`. */
export const turnMs = 10_000

/** The latencies of the last minute as a histogram. Its size is fixed (about 4.5 KB), so that each of many backends can have one. */
export class RecentLatency {
  readonly #parts = new Uint32Array(partCount * bucketCount)
  readonly #sums = new Uint32Array(bucketCount)
  #part = 0
  #total = 0

  add ({ counts, total }: LatencyBuckets): void {
    if (total === 0) return
    const start = this.#part * bucketCount
    for (let i = 0; i < bucketCount; i++) {
      this.#parts[start + i]! += counts[i]!
      this.#sums[i]! += counts[i]!
    }
    this.#total += total
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
    return quantileOf(this.#sums, this.#total, q)
  }
}
