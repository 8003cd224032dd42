import type { Backend } from '../backends/backend.ts'
import type { HealthState } from '../health/health-state.ts'

/** A backend as the API shows it. */
export interface BackendView {
  readonly id: string
  readonly url: string
  readonly name: string
  readonly weight: number
  readonly state: HealthState
  readonly inRotation: boolean
  readonly inFlight: number
  readonly lastCheck: { readonly passed: boolean, readonly detail: string, readonly durationMs: number, readonly at: string } | null
}

export function viewBackend (backend: Backend, rotation: readonly Backend[]): BackendView {
  const { id, address, name, weight, health, inFlight, lastCheck } = backend
  return {
    id,
    url: address,
    name,
    weight,
    state: health.state,
    inRotation: rotation.includes(backend),
    inFlight,
    lastCheck: lastCheck === undefined
      ? null
      : { ...lastCheck, durationMs: Math.round(lastCheck.durationMs * 10) / 10, at: new Date(lastCheck.at).toISOString() }
  }
}
