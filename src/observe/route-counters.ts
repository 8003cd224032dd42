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

/** Counts the traffic by the names of routes. Runs for every request, so it only touches plain numbers. */
export class RouteCounters {
  readonly #byName = new Map<string, RouteCounts>()
  /** Requests of routes without a name. */
  readonly ofOthers = new RouteCounts()

  /** Nothing is counted where there is only one route for all requests. */
  onExchange (record: ExchangeRecord): void {
    const { route, startedAt, endedAt } = record
    if (route === undefined || route.source === 'implicit') return
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
}
