import type { Backend } from '../backends/backend.ts'
import type { ExchangeRecord } from '../forwarding/exchange-record.ts'
import type { FailureReason as Failure } from '../upstream/failure.ts'
import { LatencyCounts } from './latency-counts.ts'

/** The counters of one backend. */
export class BackendCounters {
  /** Requests by the class of their response (`2xx`), or `client-abort` without one. */
  readonly requests = new Map<string, number>()
  readonly firstByte = new LatencyCounts()
  readonly whole = new LatencyCounts()
  attempts = 0
  /** Attempts that the backend has failed, by reason. */
  readonly failures = new Map<Failure, number>()
}

/** Counts the traffic. Runs for every request, so it only touches plain numbers. */
export class TrafficCounters {
  /** Weak, so that a request that outlives its backend does not bring the backend's counters back. */
  readonly #byBackend = new WeakMap<Backend, BackendCounters>()
  /** Requests that no backend got: the gateway's own responses. */
  readonly ofNone = new BackendCounters()
  /** Retries, by the failure of the attempt before. */
  readonly retries = new Map<Failure, number>()

  onExchange ({ attempts, statusCode, startedAt, headAt, endedAt, outcome }: ExchangeRecord): void {
    const last = attempts.at(-1)
    const counters = last === undefined ? this.ofNone : this.of(last.backend)
    increment(counters.requests, resultOf(statusCode, outcome))
    counters.whole.add(endedAt - startedAt)
    if (headAt > 0) counters.firstByte.add(headAt - startedAt)
    for (const attempt of attempts) {
      const { backend, reason, party } = attempt
      this.of(backend).attempts++
      if (reason === undefined) continue
      if (party === 'backend') increment(this.of(backend).failures, reason)
      if (attempt !== last) increment(this.retries, reason)
    }
  }

  of (backend: Backend): BackendCounters {
    let counters = this.#byBackend.get(backend)
    if (counters === undefined) this.#byBackend.set(backend, counters = new BackendCounters())
    return counters
  }
}

const classes = ['1xx', '2xx', '3xx', '4xx', '5xx']

function resultOf (statusCode: number | undefined, outcome: ExchangeRecord['outcome']): string {
  if (outcome === 'client-abort' || statusCode === undefined) return 'client-abort'
  return classes[Math.floor(statusCode / 100) - 1] ?? 'other'
}

function increment<T> (counts: Map<T, number>, key: T): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
