import type { ManagedBackend } from './managed-backend.ts'
import type { Members } from './members.ts'
import type { OutlierJudge } from './outlier-judge.ts'

/** Where attempts are made in one process and judged in another: what these two need of a service, and nobody else. */
export interface SharedService {
  readonly members: Members
  readonly judge: OutlierJudge
  /** Calls `listener` with each ejected backend that may be probed from now on; returns the function that ends this. */
  watchProbes (listener: (backend: ManagedBackend) => void): () => void
  /** A backend has refused a connection. */
  onRefused (backend: ManagedBackend): void
  /** The load of a backend, which is counted elsewhere, is another one; `before`: how many attempts were in flight. */
  onLoad (backend: ManagedBackend, before: number): void
  /** Other processes have `inFlight` attempts at a backend. */
  onElsewhere (backend: ManagedBackend, inFlight: number): void
  /** A backend has more room than before. */
  offerRoom (): void
}
