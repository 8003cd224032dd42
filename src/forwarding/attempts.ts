import type { Backend } from '../backends/backend.ts'
import type { Answerable } from '../base/contain.ts'
import type { Attempt, Outcome } from '../services/attempt.ts'
import type { QueuedRequest } from '../services/queue.ts'
import type { Audience } from '../services/routing-facts.ts'
import type { Service } from '../services/service.ts'
import type { Failure } from '../upstream/failure.ts'
import type { AttemptRecord } from './exchange-record.ts'
import { outcomeOf } from './outcome.ts'
import type { ProcessContext } from './process-context.ts'
import type { RequestFacts } from './request-facts.ts'
import { retryDelayMs, verdictOn, type FailedAttempt } from './retry.ts'

/** Whose request it is. */
export interface AttemptsUser extends Answerable {
  /** The request can be sent to this backend. */
  onAttempt (attempt: Attempt): void
  /** There is none that it could be sent to. */
  onNoBackend (): void
}

/** The attempts of one request, one after the other: which backend is next, where it waits for that, and whether it may be sent again. */
export class Attempts implements QueuedRequest {
  /** Backends that have failed the request. */
  readonly tried: Backend[] = []
  readonly records: AttemptRecord[] = []
  readonly #process: ProcessContext
  readonly #service: Service
  readonly #user: AttemptsUser
  readonly #facts: RequestFacts
  readonly #maxRetries: number
  #current: Attempt | undefined
  #outcome: Outcome | undefined
  #retries = 0
  #hadFreeRetry = false
  #isOver = false
  #leaveQueue: (() => void) | undefined
  #cancelRetry: (() => void) | undefined

  /** `maxRetries`: without the free one. */
  constructor (process: ProcessContext, user: AttemptsUser, facts: RequestFacts, maxRetries: number) {
    this.#process = process
    this.#service = facts.service.service
    this.#user = user
    this.#facts = facts
    this.#maxRetries = maxRetries
  }

  get audience (): Audience | undefined {
    return this.#facts.audience
  }

  /** The one that is under way. */
  get current (): Attempt | undefined {
    return this.#current
  }

  /** Of the last one that has ended. */
  get outcome (): Outcome | undefined {
    return this.#outcome
  }

  /** Begins the next one, or waits until a backend has room. */
  next (): void {
    try {
      const attempt = this.#service.queue.acquire(this)
      if (attempt !== undefined) return this.onAttempt(attempt)
      if (this.#isOver) return
      this.#leaveQueue = this.#service.queue.join(this)
      if (this.#leaveQueue === undefined) this.#user.onNoBackend()
    } catch (error) {
      this.#user.onThrown(error)
    }
  }

  /** For the queue, as the two that follow. */
  acquire (): Attempt | undefined {
    try {
      return this.#service.acquire(this.#facts, this.tried)
    } catch (error) {
      // A strategy of the owner's, for one. Who is asking may be another request that has made room.
      this.#user.onThrown(error)
      return undefined
    }
  }

  onAttempt (attempt: Attempt): void {
    this.#leaveQueue = undefined
    this.#current = attempt
    try {
      this.#user.onAttempt(attempt)
    } catch (error) {
      // Whoever has made room for this request must not pay for it.
      this.#user.onThrown(error)
    }
  }

  onGivenUp (): void {
    this.#leaveQueue = undefined
    this.#user.onNoBackend()
  }

  /** Begins another attempt for one that has failed, now or soon; returns false where that is not allowed. */
  retry (failed: FailedAttempt): boolean {
    const { clock, random } = this.#process
    const verdict = verdictOn(failed, this.#hadFreeRetry)
    if (verdict === 'give-up') return false
    if (verdict === 'retry-for-free') this.#hadFreeRetry = true
    else if (this.#retries++ >= this.#maxRetries || !this.#isWithinBudget(failed.isSent)) return false
    const delayMs = retryDelayMs(this.#retries, random)
    if (delayMs === 0) this.next()
    else this.#cancelRetry = clock.after(delayMs, () => { this.next() })
    return true
  }

  /** There will be no other, now or later. The one that is under way goes on until it is settled. */
  stop (): void {
    this.#isOver = true
    this.#cancelRetry?.()
    this.#leaveQueue?.()
    this.#leaveQueue = undefined
  }

  /** Settles the one that is under way, if there is one. */
  settle (outcome: Outcome): void {
    if (this.#current !== undefined) this.#end(this.#current, outcome, undefined)
  }

  settleFailed (failure: Failure): void {
    const attempt = this.#current
    if (attempt === undefined) return
    // Where it is the only one in rotation, a new connection to it comes before a backup.
    if (!failure.isStale || this.#service.rotation.length !== 1) this.tried.push(attempt.backend)
    this.#end(attempt, outcomeOf(failure), failure)
  }

  #end (attempt: Attempt, outcome: Outcome, failure: Failure | undefined): void {
    const { backend, startedAt } = attempt
    this.records.push({ backend, reason: failure?.reason, party: failure?.party, durationMs: this.#process.clock.now() - startedAt })
    this.#current = undefined
    this.#outcome = outcome
    const counts = failure?.party === 'backend' && !failure.isStale
    attempt.settle(outcome, counts ? failure.reason : undefined)
  }

  /** A request that no backend has got is not multiplied by its retry, and costs nothing of the budget. */
  #isWithinBudget (isSent: boolean): boolean {
    return !isSent || this.#service.budget.spend(this.#process.clock.now())
  }
}
