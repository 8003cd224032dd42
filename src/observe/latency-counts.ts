/** Upper bounds of the buckets, in seconds: from half a millisecond to half a minute. */
export const latencyBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** A histogram of latencies; adding one costs a few comparisons. */
export class LatencyCounts {
  /** The last bucket counts latencies beyond all bounds. Not cumulative. */
  readonly counts = new Array<number>(latencyBounds.length + 1).fill(0)
  sumSeconds = 0
  /** How many were added. */
  total = 0

  add (durationMs: number): void {
    const seconds = durationMs / 1000
    let at = 0
    while (at < latencyBounds.length && seconds > (latencyBounds[at] as number)) at++
    this.counts[at]!++
    this.sumSeconds += seconds
    this.total++
  }
}
