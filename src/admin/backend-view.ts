import type { Backend } from '../backends/backend.ts'
import { viewCheck } from '../backends/check-view.ts'
import type { Backend as BackendView } from './wire.ts'

/** A backend as the API shows it. */
export function viewBackend (backend: Backend, rotation: readonly Backend[]): BackendView {
  const { id, address, name, weight, share, zone, isBackup, source, will, state, inFlight, latency, check, tenancy, lastCheck } = backend
  return {
    id,
    url: address,
    name,
    weight,
    effectiveWeight: share,
    zone: zone ?? null,
    backup: isBackup,
    source,
    desiredState: will,
    state,
    since: new Date(backend.entered.at).toISOString(),
    why: backend.entered.why,
    inRotation: rotation.includes(backend),
    inFlight,
    latencyMs: latency.latestMs === undefined ? null : rounded(latency.latestMs),
    healthCheck: viewCheck(check),
    lease: tenancy === undefined ? null : { ttlMs: tenancy.ttlMs, expiresAt: new Date(tenancy.expiresAt).toISOString() },
    holders: backend.holders,
    lastCheck: lastCheck === undefined
      ? null
      : { ...lastCheck, durationMs: rounded(lastCheck.durationMs), at: new Date(lastCheck.at).toISOString() }
  }
}

function rounded (ms: number): number {
  return Math.round(ms * 10) / 10
}
