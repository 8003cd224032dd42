// The rows of the table. Pure.
import type { Backend, BackendSample } from '../admin/wire.ts'
import { byService } from './by-service.ts'
import { requestsOf } from './series.ts'
import { intendedShares, servedShares, shareSeconds } from './shares.ts'
import type { State } from './state.ts'

export const sparkSeconds = 60

export interface RowModel {
  readonly backend: Backend
  /** Shares of the traffic of its service, 0 to 1: by weight, and as it was; undefined if there was none. */
  readonly intended: number
  readonly served: number | undefined
  /** Per second, oldest first; all sparklines share the scale of the busiest backend. */
  readonly requests: readonly number[]
  readonly mostRequests: number
  /** Of the last minute. */
  readonly latency: Pick<BackendSample, 'p50Ms' | 'p99Ms'>
  /** The gateway's clock. */
  readonly now: number
}

const noLatency = { p50Ms: null, p99Ms: null }

export function rowsOf (backends: readonly Backend[], samples: State['samples'], now: number): RowModel[] {
  const services = [...byService(backends, (backend) => backend).values()]
  const served = new Map(services.flatMap((own) => [...servedShares(samples.slice(-shareSeconds), new Set(own.map(({ id }) => id)))]))
  const intended = new Map(services.flatMap((own) => [...intendedShares(own)]))
  const recent = samples.slice(-sparkSeconds)
  const series = backends.map(({ id }) => requestsOf(recent, id, sparkSeconds))
  const mostRequests = series.reduce((most, values) => Math.max(most, ...values), 1)
  const latest = samples.at(-1)?.backends
  return backends.map((backend, i): RowModel => ({
    backend,
    intended: intended.get(backend.id) ?? 0,
    served: served.get(backend.id),
    requests: series[i] ?? [],
    mostRequests,
    latency: latest?.[backend.id] ?? noLatency,
    now
  }))
}
