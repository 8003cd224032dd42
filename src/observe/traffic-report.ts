import type { NotableRequest } from './notable-request.ts'
import type { Pairs, SecondReport } from './traffic-second.ts'

/**
 * Counters of one thing, by their indices in its slots. null: of requests without a service, or a route without a name. `isTotal`: it is
 * the first time that they are told, since the last whole report: they are the counts since the start of the worker. Else they are what
 * has been added since they were last told.
 */
export type NamedCounts = ReadonlyArray<readonly [name: string | null, counts: Pairs, isTotal: 0 | 1]>

/**
 * What a worker has counted since its last report, as plain values for JSON: only what has changed. It is bounded: of each kind of
 * counters, `maxChanges` things, the others in the next reports; 50 notable requests; and the latencies of each backend in a second.
 */
export interface TrafficReport {
  /** `reportFormat` of the worker. */
  readonly format: string
  /** From here on all is told again: tallies are since the start of the worker, and gauges are all that there are. */
  readonly isWhole: boolean
  /** By the ids of backends. */
  readonly backends: NamedCounts
  /** Of requests that no backend got, by service. */
  readonly withoutBackend: NamedCounts
  /** By service. */
  readonly retries: NamedCounts
  /** By the names of routes; those without a name together as null. */
  readonly routes: NamedCounts
  /** By the ids of routes. */
  readonly routeResults: NamedCounts
  /** Other counts, each with its name. */
  readonly tallies: ReadonlyArray<readonly [tally: string, counts: ReadonlyArray<readonly [key: string, count: number]>]>
  /** The traffic since the last report, for samples; of a whole report it is empty, as it may be of any time. */
  readonly second: SecondReport
  readonly notable: { readonly requests: readonly NotableRequest[], readonly leftOut: number }
  readonly gauges: ReportedGauges
}

/** What is so now. */
export interface ReportedGauges {
  readonly clientConnections: number
  readonly tunnels: number
  /** By service, where there are any. */
  readonly queued: ReadonlyArray<readonly [service: string, requests: number]>
  /** To backends, by their ids: those that have changed. */
  readonly connections: ReadonlyArray<readonly [id: string, count: number]>
  /** The fraction of the time that the event loop was busy, 0 to 1. */
  readonly eventLoopUtilization: number
  readonly residentBytes: number
}
