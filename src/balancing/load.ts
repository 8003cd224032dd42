import type { Candidate } from './balancer.ts'

/** What the backend would have to carry, for its effective weight, with one request more. */
export function loadOf ({ inFlight, effectiveWeight }: Candidate): number {
  return (inFlight + 1) / effectiveWeight
}
