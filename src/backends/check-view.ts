import type { CheckSpec } from './backend.ts'

/** Where a health check differs from the settings, as it is written. */
export interface CheckView extends Omit<CheckSpec, 'status'> {
  readonly status?: string
}

export function viewCheck ({ status, ...check }: CheckSpec): CheckView {
  if (status === undefined) return check
  const { first, last } = status
  return { ...check, status: first === last ? String(first) : `${first}-${last}` }
}
