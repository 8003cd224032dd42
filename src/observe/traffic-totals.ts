import type { Backend } from '../backends/backend.ts'
import { getOrMake } from '../base/get-or-make.ts'
import { backendSlots, reportFormat, retrySlots, routeResultSlots, routeSlots, type Slots } from './counter-slots.ts'
import type { NotableRequests } from './notable-requests.ts'
import { AddedCounts } from './reported-counts.ts'
import type { RouteCounters } from './route-counters.ts'
import type { TrafficCounters } from './traffic-counters.ts'
import type { ReportedGauges, TrafficReport } from './traffic-report.ts'
import type { TrafficSecond } from './traffic-second.ts'

/** What the reports of workers are added to. */
export interface TotalsTargets {
  readonly counters: TrafficCounters
  readonly routeCounters: RouteCounters
  /** What the next sample is made of. */
  readonly second: TrafficSecond
  readonly notable: () => NotableRequests
  /** Adds to a count, by the name of the tally; those that are not here are dropped. */
  readonly tallies: Readonly<Record<string, (key: string, count: number) => void>>
  /** Counts of backends that control does not know, or knows no more, are dropped. */
  readonly findBackend: (id: string) => Backend | undefined
}

/** A report that cannot be read. */
export class ReportError extends Error {
  override readonly name = 'ReportError'
}

/**
 * What all workers have counted, in control. Their counts are added to the counters that are shown, and stay when a worker ends, so
 * that no counter falls; what is so now is the sum over the workers that live.
 */
export class TrafficTotals {
  readonly #targets: TotalsTargets
  readonly #workers = new Set<WorkerTotals>()

  constructor (targets: TotalsTargets) {
    this.#targets = targets
  }

  /** One for each worker, from its start to its end: however often it has to connect, it is the same. */
  addWorker (): WorkerTotals {
    const worker = new WorkerTotals(this.#targets, () => { this.#workers.delete(worker) })
    this.#workers.add(worker)
    return worker
  }

  get clientConnections (): number {
    return this.#sum(({ gauges }) => gauges.clientConnections)
  }

  get tunnels (): number {
    return this.#sum(({ gauges }) => gauges.tunnels)
  }

  /** Requests that wait, in all services. */
  get queued (): number {
    return this.#sum(({ gauges: { queued } }) => queued.reduce((sum, [, requests]) => sum + requests, 0))
  }

  queuedFor (service: string): number {
    return this.#sum(({ gauges: { queued } }) => queued.find(([name]) => name === service)?.[1] ?? 0)
  }

  connectionsTo (backend: Backend): number {
    return this.#sum((worker) => worker.connectionsTo(backend))
  }

  #sum (read: (worker: WorkerTotals) => number): number {
    let sum = 0
    for (const worker of this.#workers) sum += read(worker)
    return sum
  }
}

/** What control knows of the traffic of one worker. */
export class WorkerTotals {
  readonly #targets: TotalsTargets
  readonly #onEnd: () => void
  /** Weak, so that they go with the backends. */
  readonly #addedToBackends = new WeakMap<Backend, AddedCounts>()
  #connections = new WeakMap<Backend, number>()
  readonly #added = new Map<string, Map<string | null, AddedCounts>>()
  readonly #addedTallies = new Map<string, Map<string, number>>()
  #lastNotable = 0
  /** As of its last report. */
  gauges: ReportedGauges = noGauges
  /** Requests in its last report: those of a second. */
  requests = 0

  constructor (targets: TotalsTargets, onEnd: () => void) {
    this.#targets = targets
    this.#onEnd = onEnd
  }

  /** Throws a `ReportError` for a report of another version of Evenkeel, whose numbers may mean something else. Nothing of it is added. */
  add (report: unknown): void {
    assertReadable(report)
    const { isWhole, second, gauges } = report
    const { counters, routeCounters, second: target, findBackend } = this.#targets
    for (const [id, counts, isTotal] of report.backends) {
      const backend = findBackend(id ?? '')
      if (backend === undefined) continue
      const added = getOrMake(this.#addedToBackends, backend, () => new AddedCounts(backendSlots.names.length))
      added.add(backendSlots, counters.of(backend), counts, isTotal === 1)
    }
    this.#addNamed('withoutBackend', backendSlots, report, (service) => counters.ofNone(service ?? undefined))
    this.#addNamed('retries', retrySlots, report, (service) => counters.ofRetries(service ?? ''))
    this.#addNamed('routes', routeSlots, report, (name) => name === null ? routeCounters.ofOthers : routeCounters.of(name))
    this.#addNamed('routeResults', routeResultSlots, report, (id) => routeCounters.ofId(id ?? ''))
    for (const [name, counts] of report.tallies) for (const [key, count] of counts) this.#addTally(name, key, count, isWhole)
    target.add(second, findBackend)
    this.requests = second.requests
    this.#addNotable(report)
    this.#takeGauges(gauges, isWhole)
  }

  connectionsTo (backend: Backend): number {
    return this.#connections.get(backend) ?? 0
  }

  /** It is not heard of: what was so of it is so no more, until it reports again. */
  pause (): void {
    this.gauges = noGauges
    this.requests = 0
    this.#connections = new WeakMap()
  }

  /** It has ended: what it has counted stays, and what was so of it is so no more. */
  end (): void {
    this.#onEnd()
  }

  #addNamed<T> (
    kind: 'withoutBackend' | 'retries' | 'routes' | 'routeResults', slots: Slots<T>, report: TrafficReport, of: (name: string | null) => T
  ): void {
    const all = getOrMake(this.#added, kind, () => new Map<string | null, AddedCounts>())
    for (const [name, counts, isTotal] of report[kind]) {
      const added = getOrMake(all, name, () => new AddedCounts(slots.names.length))
      added.add(slots, of(name), counts, isTotal === 1)
    }
  }

  #addTally (name: string, key: string, count: number, isTotal: boolean): void {
    const added = getOrMake(this.#addedTallies, name, () => new Map<string, number>())
    const before = added.get(key) ?? 0
    const fresh = isTotal ? count - before : count
    if (!(fresh > 0)) return
    added.set(key, before + fresh)
    this.#targets.tallies[name]?.(key, fresh)
  }

  #addNotable ({ notable: { requests, leftOut } }: TrafficReport): void {
    const target = this.#targets.notable()
    const fresh = requests.filter(({ number }) => number > this.#lastNotable)
    this.#lastNotable = requests.at(-1)?.number ?? this.#lastNotable
    target.leaveOut(leftOut)
    for (const request of fresh) target.add(request)
  }

  #takeGauges (gauges: ReportedGauges, isWhole: boolean): void {
    this.gauges = gauges
    if (isWhole) this.#connections = new WeakMap()
    for (const [id, count] of gauges.connections) {
      const backend = this.#targets.findBackend(id)
      if (backend !== undefined) this.#connections.set(backend, count)
    }
  }
}

const noGauges: ReportedGauges = {
  clientConnections: 0, tunnels: 0, queued: [], connections: [], eventLoopUtilization: 0, residentBytes: 0
}

/** Both ends are of this project: where the format is the same, so is the shape. */
function assertReadable (report: unknown): asserts report is TrafficReport {
  const format = typeof report === 'object' && report !== null && 'format' in report ? report.format : undefined
  if (format === reportFormat) return
  throw new ReportError(typeof format === 'string'
    ? `a worker of another version reports in the format ${format}; this is ${reportFormat}: its traffic is not counted`
    : 'this is no report of a worker')
}
