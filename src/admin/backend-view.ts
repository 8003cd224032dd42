import type { Backend, BackendState, Source, Will } from '../backends/backend.ts'
import { viewCheck, type CheckView } from '../backends/check-view.ts'

/** A backend as the API shows it. */
export interface BackendView {
  readonly id: string
  readonly url: string
  readonly name: string
  readonly weight: number
  readonly share: number
  readonly zone: string | null
  readonly backup: boolean
  readonly source: Source
  readonly will: Will
  readonly state: BackendState
  readonly inRotation: boolean
  readonly inFlight: number
  readonly latencyMs: number | null
  readonly healthCheck: CheckView
  readonly lease: { readonly ttlMs: number, readonly expiresAt: string } | null
  readonly lastCheck: { readonly passed: boolean, readonly detail: string, readonly durationMs: number, readonly at: string } | null
}

export function viewBackend (backend: Backend, rotation: readonly Backend[]): BackendView {
  const { id, address, name, weight, share, zone, isBackup, source, will, state, inFlight, latency, check, tenancy, lastCheck } = backend
  return {
    id,
    url: address,
    name,
    weight,
    share,
    zone: zone ?? null,
    backup: isBackup,
    source,
    will,
    state,
    inRotation: rotation.includes(backend),
    inFlight,
    latencyMs: latency.latestMs === undefined ? null : rounded(latency.latestMs),
    healthCheck: viewCheck(check),
    lease: tenancy === undefined ? null : { ttlMs: tenancy.ttlMs, expiresAt: new Date(tenancy.expiresAt).toISOString() },
    lastCheck: lastCheck === undefined
      ? null
      : { ...lastCheck, durationMs: rounded(lastCheck.durationMs), at: new Date(lastCheck.at).toISOString() }
  }
}

function rounded (ms: number): number {
  return Math.round(ms * 10) / 10
}
