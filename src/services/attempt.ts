import type { Backend } from '../backends/backend.ts'
import type { FailureReason } from '../backends/failure-reason.ts'
import { isBackendError } from '../grpc/status.ts'
import type { ManagedBackend } from './managed-backend.ts'

/** How an attempt ended, in the words of the domain. A client that left is nobody's failure; that of the gateway is not its backend's. */
export type Outcome = 'success' | 'backend-failure' | 'client-abort' | 'gateway-failure'

/** What decides on the health of a backend needs to know of an attempt at it. */
export interface AttemptFacts {
  /** Monotonic, in ms. */
  readonly startedAt: number
  /** It is the one request that shows whether an ejected backend is well again. */
  readonly isProbe: boolean
  /** The status of an answer that says that the backend has failed: of HTTP, or of gRPC; undefined where it says no such thing. */
  readonly errorStatus: number | undefined
}

/** Is told how an attempt goes. */
export interface AttemptOwner {
  /** A probe has been sent to its end: from now on its answer is waited for. */
  onProbeSent (backend: ManagedBackend, attempt: Attempt): void
  /** The head of the answer to a probe is there. */
  onProbeAnswered (backend: ManagedBackend, attempt: Attempt): void
  onSettled (backend: ManagedBackend, attempt: Attempt, outcome: Outcome, failure: FailureReason | undefined): void
}

/** The right to send one request once to one backend. Settled exactly once; what hangs on the outcome hangs on `settle`. */
export class Attempt implements AttemptFacts {
  readonly startedAt: number
  readonly isProbe: boolean
  /** Status of the answer, 0 before there is one. */
  statusCode = 0
  /** Of an answer to a call of gRPC, once it is known. */
  grpcStatus: number | undefined
  readonly #backend: ManagedBackend
  readonly #owner: AttemptOwner
  #outcome: Outcome | undefined

  constructor (backend: ManagedBackend, owner: AttemptOwner, startedAt: number, isProbe: boolean) {
    this.startedAt = startedAt
    this.isProbe = isProbe
    this.#backend = backend
    this.#owner = owner
    backend.load.begin(startedAt)
  }

  get backend (): Backend {
    return this.#backend
  }

  get errorStatus (): number | undefined {
    if (this.statusCode >= 500) return this.statusCode
    return isBackendError(this.grpcStatus) ? this.grpcStatus : undefined
  }

  get outcome (): Outcome | undefined {
    return this.#outcome
  }

  /** The request has been written to its end, its body included. */
  sent (): void {
    if (this.isProbe) this.#owner.onProbeSent(this.#backend, this)
  }

  /** The head of the answer is there; it has a `grpcStatus` where it is all that there is. */
  answered (statusCode: number, nowMs: number, grpcStatus?: number): void {
    const { load } = this.#backend
    if (this.statusCode === 0) load.answer(nowMs)
    else load.heardAt = nowMs
    this.statusCode = statusCode
    this.grpcStatus = grpcStatus
    // Errors are often fast; they must not make a failing backend look fast.
    if (this.errorStatus === undefined) load.latency.observe(nowMs - this.startedAt, nowMs)
    if (this.isProbe) this.#owner.onProbeAnswered(this.#backend, this)
  }

  /** The answer to a call of gRPC is whole: it ends with this status. */
  ended (grpcStatus: number | undefined): void {
    this.grpcStatus = grpcStatus
  }

  /**
   * The first call counts, later ones do nothing. `failure` is what counts against the backend; a failure without one,
   * such as a reused connection that had just been closed, tells nothing of it.
   */
  settle (outcome: Outcome, failure?: FailureReason): void {
    if (this.#outcome !== undefined) return
    this.#outcome = outcome
    this.#backend.load.end(this.statusCode !== 0)
    this.#owner.onSettled(this.#backend, this, outcome, failure)
  }
}
