import type { Backend } from '../backends/backend.ts'
import type { Exchange } from '../forwarding/exchange.ts'
import type { Failure } from '../upstream/failure.ts'
import { LatencyCounts } from './latency-counts.ts'

/** What is counted of one backend. */
export interface BackendCounters {
  /** Requests by the class of their answer (`2xx`), or by what became of them without one. */
  readonly requests: Map<string, number>
  readonly firstByte: LatencyCounts
  readonly whole: LatencyCounts
  /** Attempts that failed, by reason. */
  readonly failures: Map<Failure, number>
}

/** Answers that are the gateway's own, since no backend got the request. */
export const noBackend = 'none'

/** Counts what goes through. It runs for each request: no more than plain numbers. */
export class TrafficCounters {
  readonly byBackend = new Map<string, BackendCounters>()
  retries = 0

  onExchange ({ attempts, statusCode, startedAt, headAt, endedAt, outcome }: Exchange): void {
    const last = attempts.at(-1)
    const counters = this.#of(last?.backend ?? noBackend)
    increment(counters.requests, resultOf(statusCode, outcome))
    counters.whole.add(endedAt - startedAt)
    if (headAt > 0) counters.firstByte.add(headAt - startedAt)
    if (attempts.length > 1) this.retries += attempts.length - 1
    for (const { backend, reason } of attempts) if (reason !== undefined) increment(this.#of(backend).failures, reason)
  }

  /** The backend has left, and its figures with it. */
  forget ({ name }: Backend): void {
    this.byBackend.delete(name)
  }

  #of (backend: string): BackendCounters {
    let counters = this.byBackend.get(backend)
    if (counters === undefined) {
      counters = { requests: new Map(), firstByte: new LatencyCounts(), whole: new LatencyCounts(), failures: new Map() }
      this.byBackend.set(backend, counters)
    }
    return counters
  }
}

const classes = ['1xx', '2xx', '3xx', '4xx', '5xx']

function resultOf (statusCode: number | undefined, outcome: Exchange['outcome']): string {
  if (outcome === 'client-abort' || statusCode === undefined) return 'client-abort'
  return classes[Math.floor(statusCode / 100) - 1] ?? 'other'
}

function increment<T> (counts: Map<T, number>, key: T): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
