import type { ExchangeRecord } from '../forwarding/exchange-record.ts'
import { LatencyCounts } from './latency-counts.ts'
import { increment } from '../base/counts.ts'
import { resultOf } from './request-result.ts'

/** The counters of one route. */
export class RouteCounts {
  /** Requests by the class of their response (`2xx`), or `client-abort` without one. */
  readonly requests = new Map<string, number>()
  readonly whole = new LatencyCounts()
}

/** How often a route was asked for, and how that went. */
export class RouteResults {
  requests = 0
  /** Answered with 5xx. */
  errors = 0
  /** Those among them for which there was no backend. */
  unavailable = 0
}

/** Counts the traffic by the names of routes, and by their ids. Runs for every request, so it only touches plain numbers. */
export class RouteCounters {
  readonly #byName = new Map<string, RouteCounts>()
  /** Requests of routes without a name. */
  readonly ofOthers = new RouteCounts()

  readonly #byId = new Map<string, RouteResults>()

  /** By name nothing is counted where there is only one route for all requests. */
  onExchange (record: ExchangeRecord): void {
    const { route, startedAt, endedAt, statusCode = 0, attempts } = record
    if (route === undefined) return
    const results = this.ofId(route.id)
    results.requests++
    if (statusCode >= 500) results.errors++
    if (statusCode === 503 && attempts.length === 0) results.unavailable++
    if (route.source === 'implicit') return
    const counts = route.name === undefined ? this.ofOthers : this.of(route.name)
    increment(counts.requests, resultOf(record))
    counts.whole.add(endedAt - startedAt)
  }

  /** A route that went and came back goes on where it was: counters never fall. */
  of (name: string): RouteCounts {
    let counts = this.#byName.get(name)
    if (counts === undefined) this.#byName.set(name, counts = new RouteCounts())
    return counts
  }

  get byName (): ReadonlyMap<string, RouteCounts> {
    return this.#byName
  }

  /** By the id of a route, so that a reload changes nothing. */
  ofId (id: string): RouteResults {
    let results = this.#byId.get(id)
    if (results === undefined) this.#byId.set(id, results = new RouteResults())
    return results
  }

  get byId (): ReadonlyMap<string, RouteResults> {
    return this.#byId
  }
}
