import type { Backend } from '../backends/backend.ts'
import type { FailureReason as Failure } from '../backends/failure-reason.ts'
import type { ExchangeRecord } from '../forwarding/exchange-record.ts'
import { bucketCount, LatencyBuckets } from './latency-buckets.ts'

/** What is counted in pairs, each an index and its count; what is not there is 0. */
export type Pairs = readonly number[]

/** The traffic of a second as a value that can be sent, with nothing that is 0. */
export interface SecondReport {
  readonly requests: number
  readonly errors: number
  readonly latency: Pairs
  /** Each with its id, its requests, and the latencies of its attempts. */
  readonly backends: ReadonlyArray<readonly [id: string, requests: number, latency: Pairs]>
}

/** The traffic of one backend in a second. */
export class BackendSecond {
  requests = 0
  /** From the start of each attempt to its end. */
  readonly latency = new LatencyBuckets()
}

/** Failures that took time. Others, such as a refused connection, say nothing about how fast a backend responds. */
const slowFailures: ReadonlySet<Failure> = new Set(['connect-timeout', 'response-timeout', 'body-timeout'])

/** The traffic since it was cleared. */
export class TrafficSecond {
  requests = 0
  /** Responses with 5xx, and responses that were cut. */
  errors = 0
  readonly latency = new LatencyBuckets()
  readonly backends = new Map<Backend, BackendSecond>()

  /** Runs for every request. */
  onExchange ({ startedAt, endedAt, statusCode, outcome, attempts }: ExchangeRecord): void {
    this.requests++
    if ((statusCode ?? 0) >= 500 || outcome === 'backend-failure') this.errors++
    this.latency.add(endedAt - startedAt)
    for (let i = 0; i < attempts.length; i++) {
      const { backend, reason, durationMs } = attempts[i]!
      const second = this.#of(backend)
      if (i === attempts.length - 1) second.requests++
      // A tunnel's duration says nothing about latency.
      if (statusCode !== 101 && (reason === undefined || slowFailures.has(reason))) second.latency.add(durationMs)
    }
  }

  report (): SecondReport {
    const backends = [...this.backends].filter(([, second]) => isUsed(second))
      .map(([{ id }, { requests, latency }]) => [id, requests, pairsOf(latency)] as const)
    return { requests: this.requests, errors: this.errors, latency: pairsOf(this.latency), backends }
  }

  /** Adds what another process has counted; what `find` knows nothing of is dropped. */
  add ({ requests, errors, latency, backends }: SecondReport, find: (id: string) => Backend | undefined): void {
    this.requests += requests
    this.errors += errors
    addPairs(this.latency, latency)
    for (const [id, count, latencies] of backends) {
      const backend = find(id)
      if (backend === undefined) continue
      const second = this.#of(backend)
      second.requests += count
      addPairs(second.latency, latencies)
    }
  }

  /** Begins the next one. Backends without traffic are forgotten. */
  clear (): void {
    this.requests = 0
    this.errors = 0
    this.latency.clear()
    for (const [backend, second] of this.backends) {
      if (!isUsed(second)) this.backends.delete(backend)
      second.requests = 0
      second.latency.clear()
    }
  }

  #of (backend: Backend): BackendSecond {
    let second = this.backends.get(backend)
    if (second === undefined) this.backends.set(backend, second = new BackendSecond())
    return second
  }
}

function isUsed ({ requests, latency }: BackendSecond): boolean {
  return requests > 0 || latency.total > 0
}

function pairsOf ({ counts, total }: LatencyBuckets): Pairs {
  const pairs: number[] = []
  if (total > 0) for (let i = 0; i < bucketCount; i++) if (counts[i]! > 0) pairs.push(i, counts[i]!)
  return pairs
}

function addPairs (to: LatencyBuckets, pairs: Pairs): void {
  for (let i = 0; i < pairs.length; i += 2) to.addTo(pairs[i]!, pairs[i + 1]!)
}
