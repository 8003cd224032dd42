import type { Backend } from '../backends/backend.ts'

/** What the backend would have to carry, for its effective weight, with one request more. */
export function loadOf ({ inFlight, effectiveWeight }: Backend): number {
  return (inFlight + 1) / effectiveWeight
}
