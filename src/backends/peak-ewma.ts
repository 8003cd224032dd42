/** Mean lifetime of a peak; 10 s is what finagle takes too. */
const decayMs = 10_000

/**
 * A moving average of latencies that follows a peak at once and forgets it slowly. The observations come at uneven times,
 * so the time between them decides how much each counts. After Twitter's finagle, `loadbalancer/PeakEwma.scala`.
 */
export class PeakEwma {
  #latestMs: number | undefined
  #observedAt = 0

  /** Takes note of a latency that was measured at `nowMs` of a monotonic clock. */
  observe (latencyMs: number, nowMs: number): void {
    const before = this.#latestMs
    const kept = this.#keptAt(nowMs)
    this.#latestMs = before === undefined || latencyMs > before ? latencyMs : before * kept + latencyMs * (1 - kept)
    this.#observedAt = nowMs
  }

  /** In ms; 0 before the first observation. It goes down while nothing is observed, so that whoever was slow once is asked again. */
  value (nowMs: number): number {
    return this.#latestMs === undefined ? 0 : this.#latestMs * this.#keptAt(nowMs)
  }

  /** The average as it was at the last observation, in ms; undefined before the first. */
  get latestMs (): number | undefined {
    return this.#latestMs
  }

  #keptAt (nowMs: number): number {
    return Math.exp(Math.min(0, this.#observedAt - nowMs) / decayMs)
  }
}
