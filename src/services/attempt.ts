import type { FailureReason as Failure } from '../upstream/failure.ts'
import type { Backend } from '../backends/backend.ts'

/** How an attempt ended, in the words of the domain. A client that left is nobody's failure; that of the gateway is not its backend's. */
export type Outcome = 'success' | 'backend-failure' | 'client-abort' | 'gateway-failure'

/** Is told how an attempt goes. */
export interface AttemptOwner {
  /** A probe has been sent to its end: from now on its answer is waited for. */
  onProbeSent (attempt: Attempt): void
  /** The head of the answer to a probe is there. */
  onProbeAnswered (attempt: Attempt): void
  onSettled (attempt: Attempt, outcome: Outcome, failure: Failure | undefined): void
}

/** The right to send one attempt to one backend. Settled exactly once; what hangs on the outcome hangs on `settle`. */
export class Attempt {
  readonly backend: Backend
  /** Monotonic, in ms. */
  readonly startedAt: number
  /** It is the one request that shows whether an ejected backend is well again. */
  readonly isProbe: boolean
  /** Status of the answer, 0 before there is one. */
  statusCode = 0
  readonly #owner: AttemptOwner
  #outcome: Outcome | undefined

  constructor (backend: Backend, owner: AttemptOwner, startedAt: number, isProbe: boolean) {
    this.backend = backend
    this.startedAt = startedAt
    this.isProbe = isProbe
    this.#owner = owner
    backend.inFlight++
    if (backend.unanswered++ === 0) backend.heardAt = startedAt
  }

  get outcome (): Outcome | undefined {
    return this.#outcome
  }

  /** The request has been written to its end, its body included. */
  sent (): void {
    if (this.isProbe) this.#owner.onProbeSent(this)
  }

  /** The head of the answer is there. */
  answered (statusCode: number, nowMs: number): void {
    if (this.statusCode === 0) this.backend.unanswered--
    this.statusCode = statusCode
    this.backend.heardAt = nowMs
    // An error is quick to make, and should not make its backend look so.
    if (statusCode < 500) this.backend.latency.observe(nowMs - this.startedAt, nowMs)
    if (this.isProbe) this.#owner.onProbeAnswered(this)
  }

  /**
   * The first call counts, later ones do nothing. `failure` is what counts against the backend; a failure without one,
   * such as a kept connection that had just been closed, tells nothing of it.
   */
  settle (outcome: Outcome, failure?: Failure): void {
    if (this.#outcome !== undefined) return
    this.#outcome = outcome
    this.backend.inFlight--
    if (this.statusCode === 0) this.backend.unanswered--
    this.#owner.onSettled(this, outcome, failure)
  }
}
