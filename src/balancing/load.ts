import type { Candidate } from './balancer.ts'

/** What the backend would have to carry, for its effective weight, with one request more. */
export function loadOf ({ inFlight, elsewhere, effectiveWeight }: Candidate): number {
  return (inFlight + elsewhere + 1) / effectiveWeight
}
