import type { HealthCheckSpec } from './backend.ts'

/** Where a health check differs from the settings, as it is written. */
export interface HealthCheckView extends Omit<HealthCheckSpec, 'status'> {
  readonly status?: string
}

export function viewHealthCheck ({ status, ...check }: HealthCheckSpec): HealthCheckView {
  if (status === undefined) return check
  const { first, last } = status
  return { ...check, status: first === last ? String(first) : `${first}-${last}` }
}
