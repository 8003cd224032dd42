import type { Backend, BackendState } from '../backends/backend.ts'

/** A backend as the API shows it. */
export interface BackendView {
  readonly id: string
  readonly url: string
  readonly name: string
  readonly weight: number
  /** The weight that counts now: less than `weight` during a slow start. */
  readonly share: number
  readonly zone: string | null
  readonly backup: boolean
  readonly state: BackendState
  readonly inRotation: boolean
  readonly inFlight: number
  readonly lastCheck: { readonly passed: boolean, readonly detail: string, readonly durationMs: number, readonly at: string } | null
}

export function viewBackend (backend: Backend, rotation: readonly Backend[]): BackendView {
  const { id, address, name, weight, share, zone, isBackup, state, inFlight, lastCheck } = backend
  return {
    id,
    url: address,
    name,
    weight,
    share,
    zone: zone ?? null,
    backup: isBackup,
    state,
    inRotation: rotation.includes(backend),
    inFlight,
    lastCheck: lastCheck === undefined
      ? null
      : { ...lastCheck, durationMs: Math.round(lastCheck.durationMs * 10) / 10, at: new Date(lastCheck.at).toISOString() }
  }
}
