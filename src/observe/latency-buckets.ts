/** Buckets per doubling: a quantile is off by at most 4.5 %. */
const bucketsPerDoubling = 8

/** Upper bound of the first bucket. The last one ends just below two minutes. */
const leastMs = 0.1
export const bucketCount = 160

/** The bucket that counts this latency. */
export function bucketOf (latencyMs: number): number {
  if (latencyMs <= leastMs) return 0
  return Math.min(bucketCount - 1, Math.ceil(Math.log2(latencyMs / leastMs) * bucketsPerDoubling))
}

/** In ms, by nearest rank, of so many latencies in all; undefined if there are none. */
export function quantileOf (counts: ArrayLike<number>, total: number, q: number): number | undefined {
  if (total === 0) return undefined
  let left = Math.ceil(total * q)
  let bucket = -1
  while (left > 0) left -= counts[++bucket]!
  return leastMs * 2 ** ((bucket - 0.5) / bucketsPerDoubling)
}

/**
 * Latencies as a histogram that can be added to others, which quantiles cannot. Its quantiles are off by at most 4.5 % between 0.1 ms
 * and 105 s, whether it was filled in one process or added up from many.
 */
export class LatencyBuckets {
  readonly counts = new Uint32Array(bucketCount)
  total = 0

  add (latencyMs: number): void {
    this.addTo(bucketOf(latencyMs), 1)
  }

  addTo (bucket: number, count: number): void {
    this.counts[bucket]! += count
    this.total += count
  }

  quantile (q: number): number | undefined {
    return quantileOf(this.counts, this.total, q)
  }

  clear (): void {
    if (this.total === 0) return
    this.counts.fill(0)
    this.total = 0
  }
}
