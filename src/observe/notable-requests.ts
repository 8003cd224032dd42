import type { ExchangeRecord } from '../forwarding/exchange-record.ts'
import type { NotableRequest, ToldRequest } from './notable-request.ts'
import { Budget } from '../base/budget.ts'
import { Subscribers } from '../base/subscribers.ts'
import type { Clock } from '../base/clock.ts'
import { withoutQuery } from '../http/request-target.ts'
import { isBackendError } from '../grpc/status.ts'
import { rounded } from '../base/rounded.ts'

/** How many can be asked for later. */
const maxKept = 200

/** Readers are told of so many at once, and then of so many a second; the others are kept and counted. */
const maxToldPerSecond = 20

/** A client that waited so long for the first byte of its answer has waited long, in ms. */
const slowMs = 1000

/** Requests that an operator may want to look at: those that failed, were slow, or were retried. The last 200 are kept. */
export class NotableRequests {
  readonly told = new Subscribers<ToldRequest>()
  readonly #clock: Clock
  readonly #kept: NotableRequest[] = []
  readonly #budget: Budget
  #number = 0
  #untold = 0

  constructor (clock: Clock) {
    this.#clock = clock
    this.#budget = new Budget(clock, maxToldPerSecond, maxToldPerSecond)
  }

  /** The oldest first. */
  all (): readonly NotableRequest[] {
    return this.#kept
  }

  /** Runs for every request, most of which are nothing to look at. */
  onExchange (record: ExchangeRecord): void {
    if (!isFailed(record) && !isSlow(record) && record.attempts.length < 2) return
    this.#keep(viewOf(record, ++this.#number, this.#clock.date()))
  }

  /** Takes one that another process has noted; here it gets a number of its own. */
  add (request: NotableRequest): void {
    this.#keep({ ...request, number: ++this.#number })
  }

  /** So many more have been noted elsewhere, and are known no more. */
  leaveOut (count: number): void {
    this.#untold += count
  }

  #keep (request: NotableRequest): void {
    this.#kept.push(request)
    if (this.#kept.length > maxKept) this.#kept.shift()
    if (!this.#budget.spend()) {
      this.#untold++
      return
    }
    const untold = this.#untold
    this.#untold = 0
    this.told.notify({ ...request, untold })
  }
}

/** A client that left is nobody's failure. */
function isFailed ({ statusCode = 0, grpcStatus, outcome }: ExchangeRecord): boolean {
  return statusCode >= 500 || isBackendError(grpcStatus) || outcome === 'backend-failure' || outcome === 'gateway-failure'
}

/** By the time to the first byte, since downloads and streams may take any time. One that brought none was slow as a whole. */
function isSlow ({ startedAt, headAt, endedAt }: ExchangeRecord): boolean {
  return (headAt > 0 ? headAt : endedAt) - startedAt >= slowMs
}

function viewOf (record: ExchangeRecord, number: number, at: number): NotableRequest {
  const { requestId, method, host = null, path, statusCode = null, startedAt, endedAt, service = null, route, attempts, outcome } = record
  const is = { failed: isFailed(record), slow: isSlow(record), retried: attempts.length > 1 }
  const kinds = (['failed', 'slow', 'retried'] as const).filter((kind) => is[kind])
  return {
    number,
    at: new Date(at).toISOString(),
    kinds,
    requestId,
    method,
    host,
    path: withoutQuery(path),
    statusCode,
    durationMs: rounded(endedAt - startedAt),
    service,
    route: route === undefined || route.source === 'implicit' ? null : route.name ?? route.id,
    backend: attempts.at(-1)?.backend.name ?? null,
    attempts: attempts.map(({ backend: { name }, reason = null, durationMs: ms }) => ({ backend: name, reason, durationMs: rounded(ms) })),
    outcome: outcome ?? null
  }
}
