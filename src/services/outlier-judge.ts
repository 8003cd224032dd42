import type { FailureReason } from '../backends/failure-reason.ts'
import type { AttemptFacts, Outcome } from './attempt.ts'
import type { OutlierLimits } from './evidence.ts'
import type { ManagedBackend } from './managed-backend.ts'
import type { Members } from './members.ts'
import type { Audience } from './routing-facts.ts'

export interface OutlierSettings {
  readonly outliers: OutlierLimits
  /** For the request that probes to be sent, and then for the head of its answer. */
  readonly probeTimeoutMs: number
}

/** What it needs of the service. */
export interface OutlierSurroundings {
  readonly members: Members
  isFull (backend: ManagedBackend): boolean
  /** This backend may be probed from now on, also by a request that is queued. */
  offerProbe (backend: ManagedBackend): void
}

/** Decides by what attempts show of backends which of them are ejected, and which request probes one that is. */
export interface OutlierJudge {
  /** Backends that are ejected already stay so for as long as it was said then. */
  configure (settings: OutlierSettings): void
  /** A backend that is to be probed by a request which these have failed, and which is for these alone, where there is an audience. */
  due (tried: readonly unknown[], audience: Audience | undefined): ManagedBackend | undefined
  isDue (backend: ManagedBackend): boolean
  /** The attempt that begins now is the probe of this backend. A client that is slow to send it tells nothing of the backend. */
  beginProbe (backend: ManagedBackend, nowMs: number): void
  onProbeSent (backend: ManagedBackend, attempt: AttemptFacts): void
  /** The head of the answer to a probe: what it is a probe for, however long the answer goes on. */
  onProbeAnswered (backend: ManagedBackend, attempt: AttemptFacts): void
  /** What the end of an attempt says of its backend. */
  judge (backend: ManagedBackend, attempt: AttemptFacts, outcome: Outcome, failure: FailureReason | undefined): void
  /**
   * A check has ended, after which the backend's health is what it is; `rise` passed ones in a row bring back a backend that
   * had stopped answering.
   */
  onCheck (backend: ManagedBackend, passed: boolean, rise: number): void
  /** Takes over a backend that was ejected by another judge. */
  adopt (backend: ManagedBackend): void
  forget (backend: ManagedBackend): void
  close (): void
}
