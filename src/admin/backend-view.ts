import type { Backend } from '../backends/backend.ts'
import { viewHealthCheck } from '../backends/health-check-view.ts'
import { speaksHttp2 } from '../backends/protocol.ts'
import { describeMatch } from '../routing/match.ts'
import type { Backend as BackendView } from './wire.ts'
import { rounded } from '../base/rounded.ts'

/** A backend as the API shows it. */
export function viewBackend (backend: Backend, isInRotation: boolean): BackendView {
  const {
    id,
    service,
    address,
    name,
    weight,
    effectiveWeight,
    zone,
    isBackup,
    source,
    desiredState,
    state,
    inFlight,
    latency,
    healthCheck,
    lease,
    lastCheck,
    spec: { sendProxy = null, routes = [] }
  } = backend
  return {
    id,
    service,
    url: address,
    protocol: speaksHttp2(backend) ? 'h2' : 'http/1.1',
    sendProxy,
    name,
    weight,
    effectiveWeight,
    zone: zone ?? null,
    backup: isBackup,
    source,
    desiredState,
    state,
    since: new Date(backend.entered.at).toISOString(),
    why: backend.entered.why,
    inRotation: isInRotation,
    inFlight,
    latencyMs: latency.latestMs === undefined ? null : rounded(latency.latestMs),
    healthCheck: viewHealthCheck(healthCheck),
    lease: lease === undefined ? null : { ttlMs: lease.ttlMs, expiresAt: new Date(lease.expiresAt).toISOString() },
    holders: backend.holders,
    ...(routes.length > 0 && { routes: routes.map(({ match }) => describeMatch(match)) }),
    lastCheck: lastCheck === undefined
      ? null
      : { ...lastCheck, durationMs: rounded(lastCheck.durationMs), at: new Date(lastCheck.at).toISOString() }
  }
}
