import type { Backend } from '../backends/backend.ts'

/** What the backend would have to carry, for its share, with one request more. */
export function loadOf ({ inFlight, share }: Backend): number {
  return (inFlight + 1) / share
}
