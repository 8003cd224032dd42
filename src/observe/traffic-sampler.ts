import type { Backend } from '../backends/backend.ts'
import type { Clock } from '../base/clock.ts'
import { everySecond } from '../base/every-second.ts'
import { rounded } from '../base/rounded.ts'
import { Subscribers } from '../base/subscribers.ts'
import { RecentLatency, turnMs } from './recent-latency.ts'
import type { BackendSample, Sample } from './sample.ts'
import { TrafficSecond } from './traffic-second.ts'

export interface SamplerOptions {
  readonly clock: Clock
  /** The current backends. */
  readonly backends: () => readonly Backend[]
  readonly queued: () => number
}

/** 15 minutes. */
const maxSamples = 900
const intervalMs = 1000

/** How many samples keep figures by backend: with many backends these are most of a sample. */
const maxDetailed = 60

/** Samples the traffic once per second. */
export class TrafficSampler {
  /** What the next sample is made of. */
  readonly second = new TrafficSecond()
  readonly #options: SamplerOptions
  readonly #samples: Sample[] = []
  readonly #taken = new Subscribers<Sample>()
  readonly #latencies = new Map<Backend, RecentLatency>()
  #count = 0
  #cancel: (() => void) | undefined

  constructor (options: SamplerOptions) {
    this.#options = options
  }

  start (): void {
    this.#cancel = everySecond(this.#options.clock, 0, () => { this.#take() })
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
    return this.#taken.subscribe(listener)
  }

  #take (): void {
    const { clock, backends, queued } = this.#options
    const { requests, errors, latency } = this.second
    const members = backends()
    this.#addLatencies(members)
    const each = members.map((backend) => [backend.id, this.#view(backend)] as const)
    const sample: Sample = {
      at: clock.date(),
      requests,
      errors,
      p50Ms: roundedOrNull(latency.quantile(0.5)),
      p99Ms: roundedOrNull(latency.quantile(0.99)),
      inFlight: each.reduce((sum, [, view]) => sum + view.inFlight, 0),
      queued: queued(),
      backends: Object.fromEntries(each)
    }
    this.second.clear()
    this.#samples.push(sample)
    if (this.#samples.length > maxSamples) this.#samples.shift()
    const old = this.#samples.length - 1 - maxDetailed
    if (old >= 0) this.#samples[old] = { ...this.#samples[old]!, backends: {} }
    if (++this.#count % (turnMs / intervalMs) === 0) for (const recent of this.#latencies.values()) recent.turn()
    this.#taken.notify(sample)
  }

  /** The figures of backends that have left are dropped. */
  #addLatencies (members: readonly Backend[]): void {
    const known = new Set(members)
    for (const backend of this.#latencies.keys()) if (!known.has(backend)) this.#latencies.delete(backend)
    for (const [backend, { latency }] of this.second.backends) {
      if (latency.total === 0 || !known.has(backend)) continue
      let recent = this.#latencies.get(backend)
      if (recent === undefined) this.#latencies.set(backend, recent = new RecentLatency())
      recent.add(latency)
    }
  }

  #view (backend: Backend): BackendSample {
    const recent = this.#latencies.get(backend)
    return {
      requests: this.second.backends.get(backend)?.requests ?? 0,
      inFlight: backend.inFlight,
      p50Ms: roundedOrNull(recent?.quantile(0.5)),
      p99Ms: roundedOrNull(recent?.quantile(0.99))
    }
  }
}

function roundedOrNull (ms: number | undefined): number | null {
  return ms === undefined ? null : rounded(ms)
}
