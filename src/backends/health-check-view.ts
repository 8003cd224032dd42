import { readStatusRange, statusRangeText } from '../http/status-range.ts'
import type { HealthCheckSpec } from './spec.ts'

/** Where a health check differs from the settings, as the API and the registry file write it. */
export interface HealthCheckView extends Omit<HealthCheckSpec, 'status'> {
  readonly status?: string
}

export function viewHealthCheck ({ status, ...check }: HealthCheckSpec): HealthCheckView {
  return status === undefined ? check : { ...check, status: statusRangeText(status) }
}

/** A `status` that is no range is ignored: schemas have refused it before. */
export function readHealthCheck ({ status, ...check }: HealthCheckView): HealthCheckSpec {
  const range = status === undefined ? undefined : readStatusRange(status)
  return range === undefined ? check : { ...check, status: range }
}
