import type { Backend } from '../backends/backend.ts'
import type { Clock } from '../base/clock.ts'
import type { ExchangeRecord } from '../forwarding/exchange-record.ts'
import type { FailureReason as Failure } from '../backends/failure-reason.ts'
import { RecentLatency, turnMs } from './recent-latency.ts'
import type { BackendSample, Sample } from './sample.ts'
import { rounded } from '../base/rounded.ts'

export interface SamplerOptions {
  readonly clock: Clock
  readonly random: () => number
  /** The current backends. */
  readonly backends: () => readonly Backend[]
  readonly queued: () => number
}

/** 15 minutes. */
const maxSamples = 900
const intervalMs = 1000

/** How many samples keep figures by backend: with many backends these are most of a sample. */
const maxDetailed = 60

/** Latencies of one second that are kept for its quantiles; of more, a random sample (Vitter's algorithm R). */
const maxLatencies = 1000

/** The traffic of one backend. */
class BackendTraffic {
  /** Since the last sample. */
  requests = 0
  /** From the start of each attempt to its end. */
  readonly latency = new RecentLatency()
}

/** Failures that took time. Others, such as a refused connection, say nothing about how fast a backend responds. */
const slowFailures: ReadonlySet<Failure> = new Set(['connect-timeout', 'response-timeout', 'body-timeout'])

/** Samples the traffic once per second. */
export class TrafficSampler {
  readonly #options: SamplerOptions
  readonly #samples: Sample[] = []
  readonly #listeners = new Set<(sample: Sample) => void>()
  readonly #latencies: number[] = []
  #requests = 0
  #errors = 0
  readonly #byBackend = new Map<Backend, BackendTraffic>()
  #taken = 0
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

  /** Oldest first. */
  samples (): readonly Sample[] {
    return this.#samples
  }

  /** Calls `listener` with each new sample; returns the function that unsubscribes. */
  subscribe (listener: (sample: Sample) => void): () => void {
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }

  onExchange ({ startedAt, endedAt, statusCode, outcome, attempts }: ExchangeRecord): void {
    if ((statusCode ?? 0) >= 500 || outcome === 'backend-failure') this.#errors++
    for (let i = 0; i < attempts.length; i++) {
      const { backend, reason, durationMs } = attempts[i]!
      const traffic = this.#trafficOf(backend)
      if (i === attempts.length - 1) traffic.requests++
      // A tunnel's duration says nothing about latency.
      if (statusCode !== 101 && (reason === undefined || slowFailures.has(reason))) traffic.latency.add(durationMs)
    }
    this.#addLatency(this.#requests++, endedAt - startedAt)
  }

  #addLatency (at: number, latencyMs: number): void {
    if (at < maxLatencies) this.#latencies.push(latencyMs)
    else {
      const chosen = Math.floor(this.#options.random() * (at + 1))
      if (chosen < maxLatencies) this.#latencies[chosen] = latencyMs
    }
  }

  #trafficOf (backend: Backend): BackendTraffic {
    let traffic = this.#byBackend.get(backend)
    if (traffic === undefined) this.#byBackend.set(backend, traffic = new BackendTraffic())
    return traffic
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
      backends: Object.fromEntries(members.map((backend) => [backend.id, viewTraffic(backend, this.#byBackend.get(backend))]))
    }
    this.#forget(members)
    this.#requests = 0
    this.#errors = 0
    this.#latencies.length = 0
    this.#samples.push(sample)
    if (this.#samples.length > maxSamples) this.#samples.shift()
    const old = this.#samples.length - 1 - maxDetailed
    if (old >= 0) this.#samples[old] = { ...this.#samples[old]!, backends: {} }
    for (const listener of this.#listeners) listener(sample)
  }

  /** Prepares for the next second. The figures of backends that have left are dropped. */
  #forget (members: readonly Backend[]): void {
    const isTurn = ++this.#taken % (turnMs / intervalMs) === 0
    const known = new Set(members)
    for (const [backend, traffic] of this.#byBackend) {
      if (!known.has(backend)) this.#byBackend.delete(backend)
      traffic.requests = 0
      if (isTurn) traffic.latency.turn()
    }
  }
}

function viewTraffic ({ inFlight }: Backend, traffic: BackendTraffic | undefined): BackendSample {
  const latencyOf = (q: number): number | null => roundedOrNull(traffic?.latency.quantile(q))
  return { requests: traffic?.requests ?? 0, inFlight, p50Ms: latencyOf(0.5), p99Ms: latencyOf(0.99) }
}

/** By nearest rank. */
function quantile (sorted: readonly number[], q: number): number | null {
  return roundedOrNull(sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)])
}

function roundedOrNull (ms: number | undefined): number | null {
  return ms === undefined ? null : rounded(ms)
}
