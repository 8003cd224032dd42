import type { Sample } from '../admin/wire.ts'
import type { Backend } from '../backends/backend.ts'
import type { Clock } from '../clock.ts'
import type { Exchange } from '../forwarding/exchange.ts'

export interface SamplerOptions {
  readonly clock: Clock
  readonly random: () => number
  /** The backends as they are now. */
  readonly backends: () => readonly Backend[]
  readonly queued: () => number
}

/** 15 minutes. */
const maxSamples = 900
const intervalMs = 1000

/** Latencies of one second that are kept to tell the quantiles by; of more, a random choice (Vitter's algorithm R). */
const maxLatencies = 1000

/** Takes a sample of the traffic each second. */
export class TrafficSampler {
  readonly #options: SamplerOptions
  readonly #samples: Sample[] = []
  readonly #listeners = new Set<(sample: Sample) => void>()
  readonly #latencies: number[] = []
  #requests = 0
  #errors = 0
  readonly #byBackend = new Map<Backend, number>()
  #cancel: (() => void) | undefined

  constructor (options: SamplerOptions) {
    this.#options = options
  }

  start (): void {
    this.#cancel = this.#options.clock.after(intervalMs, () => {
      this.#take()
      this.start()
    })
  }

  stop (): void {
    this.#cancel?.()
  }

  /** The oldest first. */
  samples (): readonly Sample[] {
    return this.#samples
  }

  /** Calls `listener` with each new sample; returns the function that ends this. */
  subscribe (listener: (sample: Sample) => void): () => void {
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }

  onExchange ({ startedAt, endedAt, statusCode, outcome, attempts }: Exchange): void {
    const at = this.#requests++
    if ((statusCode ?? 0) >= 500 || outcome === 'backend-failure') this.#errors++
    const latencyMs = endedAt - startedAt
    if (at < maxLatencies) this.#latencies.push(latencyMs)
    else {
      const chosen = Math.floor(this.#options.random() * (at + 1))
      if (chosen < maxLatencies) this.#latencies[chosen] = latencyMs
    }
    const backend = attempts.at(-1)?.backend
    if (backend !== undefined) this.#byBackend.set(backend, (this.#byBackend.get(backend) ?? 0) + 1)
  }

  #take (): void {
    const { clock, backends, queued } = this.#options
    const sorted = this.#latencies.sort((a, b) => a - b)
    const members = backends()
    const sample: Sample = {
      at: clock.date(),
      requests: this.#requests,
      errors: this.#errors,
      p50Ms: quantile(sorted, 0.5),
      p99Ms: quantile(sorted, 0.99),
      inFlight: members.reduce((sum, { inFlight }) => sum + inFlight, 0),
      queued: queued(),
      backends: Object.fromEntries(members.map((backend) => [backend.id, { requests: this.#byBackend.get(backend) ?? 0, inFlight: backend.inFlight, latencyMs: rounded(backend.latency.latestMs) }]))
    }
    this.#requests = 0
    this.#errors = 0
    this.#latencies.length = 0
    this.#byBackend.clear()
    this.#samples.push(sample)
    if (this.#samples.length > maxSamples) this.#samples.shift()
    for (const listener of this.#listeners) listener(sample)
  }
}

/** By the nearest rank. */
function quantile (sorted: readonly number[], q: number): number | null {
  return rounded(sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)])
}

function rounded (ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms * 10) / 10
}
