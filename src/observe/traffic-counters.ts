import type { Backend } from '../backends/backend.ts'
import type { ExchangeRecord } from '../forwarding/exchange-record.ts'
import type { FailureReason as Failure } from '../backends/failure-reason.ts'
import { highestStatus } from '../grpc/status.ts'
import { LatencyCounts } from './latency-counts.ts'
import { addCount, increment } from '../base/counts.ts'
import { resultOf } from './request-result.ts'

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
  readonly #withoutBackend = new Map<string | undefined, BackendCounters>()
  readonly #grpc = new Map<string | undefined, Map<string, number>>()
  readonly #retries = new Map<string, Map<Failure, number>>()

  onExchange (record: ExchangeRecord): void {
    const { attempts, service, grpcStatus, startedAt, headAt, endedAt } = record
    const last = attempts.at(-1)
    const counters = last === undefined ? this.ofNone(service) : this.of(last.backend)
    increment(counters.requests, resultOf(record))
    counters.whole.add(endedAt - startedAt)
    if (grpcStatus !== undefined) increment(this.#callsOf(service), grpcStatus <= highestStatus ? String(grpcStatus) : 'other')
    if (headAt > 0) counters.firstByte.add(headAt - startedAt)
    for (const attempt of attempts) {
      const { backend, reason, party } = attempt
      const counted = attempt === last ? counters : this.of(backend)
      counted.attempts++
      if (reason === undefined) continue
      if (party === 'backend') increment(counted.failures, reason)
      if (attempt !== last) increment(this.ofRetries(backend.service), reason)
    }
  }

  /** Requests that no backend got, by service: the gateway's own responses. Undefined: of no service either. */
  get withoutBackend (): ReadonlyMap<string | undefined, BackendCounters> {
    return this.#withoutBackend
  }

  /** Calls of gRPC by their status, `other` for codes that there are not, by service. Undefined: of no service. */
  get grpcCalls (): ReadonlyMap<string | undefined, ReadonlyMap<string, number>> {
    return this.#grpc
  }

  /** Retries, by the failure of the attempt before. */
  retriesOf (service: string): ReadonlyMap<Failure, number> {
    return this.#retries.get(service) ?? noRetries
  }

  /** Services with retries, and their counts. */
  get retries (): ReadonlyMap<string, Map<Failure, number>> {
    return this.#retries
  }

  ofRetries (service: string): Map<Failure, number> {
    let retries = this.#retries.get(service)
    if (retries === undefined) this.#retries.set(service, retries = new Map())
    return retries
  }

  of (backend: Backend): BackendCounters {
    let counters = this.#byBackend.get(backend)
    if (counters === undefined) this.#byBackend.set(backend, counters = new BackendCounters())
    return counters
  }

  /** Those of requests that no backend of this service got. */
  ofNone (service: string | undefined): BackendCounters {
    let counters = this.#withoutBackend.get(service)
    if (counters === undefined) this.#withoutBackend.set(service, counters = new BackendCounters())
    return counters
  }

  /** The calls of gRPC, each count with one name; `addGrpc` knows it. */
  * grpcTallies (): Iterable<readonly [name: string, count: number]> {
    for (const [service = '', calls] of this.#grpc) for (const [code, count] of calls) yield [`${code} ${service}`, count]
  }

  addGrpc (name: string, count: number): void {
    const [code = '', service = ''] = name.split(' ')
    addCount(this.#callsOf(service === '' ? undefined : service), code, count)
  }

  #callsOf (service: string | undefined): Map<string, number> {
    let calls = this.#grpc.get(service)
    if (calls === undefined) this.#grpc.set(service, calls = new Map())
    return calls
  }
}

const noRetries: ReadonlyMap<Failure, number> = new Map()
