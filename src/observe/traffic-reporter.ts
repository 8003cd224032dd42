import type { Backend } from '../backends/backend.ts'
import { getOrMake } from '../base/get-or-make.ts'
import { backendSlots, reportFormat, retrySlots, routeResultSlots, routeSlots } from './counter-slots.ts'
import type { NotableRequests } from './notable-requests.ts'
import { ToldKind, type ToldCounts } from './reported-counts.ts'
import type { RouteCounters, RouteCounts } from './route-counters.ts'
import type { BackendCounters, TrafficCounters } from './traffic-counters.ts'
import type { ReportedGauges, TrafficReport } from './traffic-report.ts'
import type { TrafficSecond } from './traffic-second.ts'

/** What a worker counts as it is; nothing is counted for reports alone. */
export interface ReporterSources {
  readonly counters: TrafficCounters
  readonly routeCounters: RouteCounters
  readonly second: TrafficSecond
  readonly notable: NotableRequests
  /** Other counts by their keys, such as refusals by reason. They must not fall. Control adds those up that it knows by the same name. */
  readonly tallies: Readonly<Record<string, () => Tally>>
  readonly backends: () => readonly Backend[]
  readonly connectionsTo: (backend: Backend) => number
  readonly queues: () => ReadonlyArray<{ readonly name: string, readonly queue: { readonly length: number } }>
  readonly gauges: () => Omit<ReportedGauges, 'queued' | 'connections'>
}

type Tally = Iterable<readonly [key: string, count: number]>

interface TallySources {
  readonly refusals: { readonly counts: Tally }
  readonly tls: { readonly server: { readonly failures: Tally, readonly handshakes: Readonly<Record<string, number>> } } | undefined
  readonly counters: TrafficCounters
}

/** What is counted beside the exchanges, as control knows it by name. */
export function talliesOf ({ refusals, tls, counters }: TallySources): ReporterSources['tallies'] {
  return {
    refusals: () => refusals.counts,
    handshakeFailures: () => tls?.server.failures ?? [],
    handshakes: () => Object.entries(tls?.server.handshakes ?? {}),
    grpc: () => counters.grpcTallies()
  }
}

/** Notable requests in a report: more than readers are told of in a second. Of more, the last ones. */
const maxNotable = 50

/** Things of each kind in a report: with 10 000 routes, all of which are used, making it would else hold requests up for tens of ms. */
export const maxChanges = 1000

/** Makes the reports of a worker to control. Costs nothing per request: all is read when a report is made. */
export class TrafficReporter {
  readonly #sources: ReporterSources
  #told = new Told()
  #toldNotable = 0

  constructor (sources: ReporterSources) {
    this.#sources = sources
  }

  /** What has changed since the last report, or the first part of it. */
  take (): TrafficReport {
    return this.#report(false, maxNotable, maxChanges)
  }

  /** All that has changed and was not told yet: the last report of a worker that ends. */
  takeRest (): TrafficReport {
    return this.#report(false, maxNotable, Infinity)
  }

  /**
   * Begins anew with the totals since the start of the worker, for a control that knows nothing of it, or may have missed something. The
   * reports after it tell the rest, if there is one, and what has been added. `most`: things of each kind.
   */
  takeAll (most = maxChanges): TrafficReport {
    this.#told = new Told()
    this.#toldNotable = 0
    this.#sources.second.clear()
    return this.#report(true, Infinity, most)
  }

  #report (isWhole: boolean, mostNotable: number, most: number): TrafficReport {
    const { counters, routeCounters, second, backends } = this.#sources
    const told = this.#told
    const current = backends()
    function * countersOfBackends (): Iterable<readonly [Backend, BackendCounters]> {
      for (const backend of current) yield [backend, counters.of(backend)]
    }
    function * countersOfRoutes (): Iterable<readonly [string | undefined, RouteCounts]> {
      yield [undefined, routeCounters.ofOthers]
      yield * routeCounters.byName
    }
    const report = {
      format: reportFormat,
      isWhole,
      backends: told.backends.changes(countersOfBackends(), ({ id }) => id, most),
      withoutBackend: told.withoutBackend.changes(counters.withoutBackend, itself, most),
      retries: told.retries.changes(counters.retries, itself, most),
      routes: told.routes.changes(countersOfRoutes(), itself, most),
      routeResults: told.routeResults.changes(routeCounters.byId, itself, most),
      tallies: this.#tallies(),
      second: second.report(),
      notable: this.#notable(mostNotable),
      gauges: this.#gauges(current)
    }
    second.clear()
    return report
  }

  #tallies (): TrafficReport['tallies'] {
    return Object.entries(this.#sources.tallies).map(([name, read]) => {
      const told = getOrMake(this.#told.tallies, name, () => new Map<string, number>())
      const changes: Array<[string, number]> = []
      for (const [key, count] of read()) {
        const change = count - (told.get(key) ?? 0)
        if (change !== 0) changes.push([key, change])
        told.set(key, count)
      }
      return [name, changes] as const
    }).filter(([, changes]) => changes.length > 0)
  }

  #notable (most: number): TrafficReport['notable'] {
    const all = this.#sources.notable.all()
    const last = all.at(-1)?.number ?? 0
    const isNew = last - this.#toldNotable
    this.#toldNotable = last
    if (isNew === 0) return { requests: [], leftOut: 0 }
    const requests = all.slice(-Math.min(isNew, most))
    return { requests, leftOut: isNew - requests.length }
  }

  #gauges (current: readonly Backend[]): ReportedGauges {
    const { connectionsTo, queues, gauges } = this.#sources
    const connections: Array<[string, number]> = []
    for (const backend of current) {
      const count = connectionsTo(backend)
      if (count === (this.#told.connections.get(backend) ?? 0)) continue
      this.#told.connections.set(backend, count)
      connections.push([backend.id, count])
    }
    const queued = queues().filter(({ queue }) => queue.length > 0).map(({ name, queue }) => [name, queue.length] as const)
    return { ...gauges(), queued, connections }
  }
}

function itself (name: string | undefined): string | undefined {
  return name
}

/** What was told. Weak for backends, which come and go. */
class Told {
  readonly backends = new ToldKind(backendSlots, new WeakMap<Backend, ToldCounts>())
  readonly withoutBackend = new ToldKind(backendSlots, new Map<string | undefined, ToldCounts>())
  readonly retries = new ToldKind(retrySlots, new Map<string, ToldCounts>())
  readonly routes = new ToldKind(routeSlots, new Map<string | undefined, ToldCounts>())
  readonly routeResults = new ToldKind(routeResultSlots, new Map<string, ToldCounts>())
  readonly tallies = new Map<string, Map<string, number>>()
  readonly connections = new WeakMap<Backend, number>()
}
