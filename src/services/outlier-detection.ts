import type { Clock } from '../base/clock.ts'
import { failureWords } from '../upstream/failure-words.ts'
import type { OutlierLimits, Evidence } from './passive-health.ts'
import type { FailureReason as Failure } from '../upstream/failure.ts'
import type { Backend } from '../backends/backend.ts'
import type { Attempt, Outcome } from './attempt.ts'
import type { Rotation } from './rotation.ts'

export interface OutlierDetectionOptions {
  readonly clock: Clock
  readonly outliers: OutlierLimits
  /** For the request that probes to be sent, and then for the head of its answer. */
  readonly probeTimeoutMs: number
}

/** What it needs of the registry. */
export interface OutlierSurroundings {
  backends (): Backend[]
  rotation (): Rotation
  isFull (backend: Backend): boolean
  /** Does `change`, and tells of it when the state is another one afterwards. */
  change (backend: Backend, why: string, change: () => void): void
  startSlowly (backend: Backend): void
  offerCapacity (): void
}

/** How long a request may still probe a backend whose ejection is over, before it returns without a probe. */
const graceMs = 1000

/**
 * Ejects backends by what live traffic shows of them, and brings them back: by one request that probes each when its time
 * is over; where none comes, by the clock, on trial. So every ejection ends, whatever the traffic is.
 */
export class OutlierDetection {
  readonly #options: OutlierDetectionOptions
  readonly #surroundings: OutlierSurroundings
  /** Those that are ejected or being probed, in the order in which they were ejected, with what cancels their next step. */
  readonly #cancels = new Map<Backend, () => void>()

  constructor (options: OutlierDetectionOptions, surroundings: OutlierSurroundings) {
    this.#options = options
    this.#surroundings = surroundings
  }

  /** A backend that is to be probed by a request which these have failed. */
  due (tried: readonly Backend[]): Backend | undefined {
    if (this.#cancels.size === 0) return undefined
    for (const backend of this.#cancels.keys()) if (this.isDue(backend) && !tried.includes(backend)) return backend
    return undefined
  }

  isDue (backend: Backend): boolean {
    const { ejection } = backend.passive
    return ejection.state === 'ejected' && ejection.isDue && backend.state === 'ejected' && !this.#surroundings.isFull(backend)
  }

  /** The attempt that begins now is the probe of this backend. A client that is slow to send it tells nothing of the backend. */
  beginProbe (backend: Backend, nowMs: number): void {
    this.#surroundings.change(backend, 'its ejection is over: one request probes it', () => {
      backend.passive.ejection = { state: 'probing', since: nowMs }
      this.#next(backend, this.#options.probeTimeoutMs, () => { this.#probeAgain(backend) })
    })
  }

  onProbeSent (attempt: Attempt): void {
    const { backend, startedAt } = attempt
    if (backend.passive.ejection.state !== 'probing' || !isTestedBy(backend, attempt)) return
    const { probeTimeoutMs } = this.#options
    this.#next(backend, probeTimeoutMs, () => {
      this.#eject(backend, { why: `the probe failed: no response within ${probeTimeoutMs} ms`, isAnswer: false }, startedAt)
    })
  }

  /** The head of the answer to a probe: what it is a probe for, however long the answer goes on. */
  onProbeAnswered (attempt: Attempt): void {
    const { backend, statusCode } = attempt
    if (!isTestedBy(backend, attempt)) return
    if (statusCode < 500) this.#passProbe(backend)
    else if (backend.passive.ejection.state === 'probing') this.#eject(backend, failedProbe(statusCode))
  }

  /** What the end of an attempt says of its backend. */
  judge (attempt: Attempt, outcome: Outcome, failure: Failure | undefined): void {
    const { clock, outliers } = this.#options
    const { backend, statusCode, startedAt } = attempt
    const { passive } = backend
    const failed = outcome === 'backend-failure' ? failure : outcome === 'success' && statusCode >= 500 ? statusCode : undefined
    const isSuccess = outcome === 'success' && failed === undefined
    if (isSuccess) passive.onSuccess(clock.now(), startedAt)
    const evidence = failed === undefined ? undefined : passive.onFailure(failed, outliers, clock.now(), startedAt)

    switch (passive.ejection.state) {
      case 'none':
        if (evidence !== undefined && this.#mayEject(backend, evidence)) this.#eject(backend, evidence)
        break
      case 'probing':
        if (!isTestedBy(backend, attempt)) break
        if (isSuccess) this.#passProbe(backend)
        else if (failed !== undefined) this.#eject(backend, failedProbe(failed))
        else this.#probeAgain(backend)
        break
      case 'ejected':
        if (isSuccess && this.#surroundings.rotation().isFailingOpen) this.#return(backend, 'it responds again')
        break
      default:
        passive.ejection satisfies never
    }
  }

  /** A check has ended, after which the backend's health is what it is; `rise` passed ones in a row bring back a backend that had stopped answering. */
  onCheck (backend: Backend, passed: boolean, rise: number): void {
    if (backend.health.state === 'unhealthy' && backend.passive.ejection.state !== 'none') this.#end(backend)
    if (backend.passive.onCheck(passed) < rise) return
    this.#end(backend)
    this.#surroundings.startSlowly(backend)
  }

  forget (backend: Backend): void {
    this.#cancels.get(backend)?.()
    this.#cancels.delete(backend)
  }

  close (): void {
    for (const cancel of this.#cancels.values()) cancel()
  }

  #eject (backend: Backend, evidence: Evidence, probeAt?: number): void {
    const { outliers, clock } = this.#options
    this.#surroundings.change(backend, evidence.why, () => {
      const forMs = backend.passive.eject(outliers, evidence, clock.now(), probeAt)
      this.forget(backend)
      this.#next(backend, forMs, () => { this.#becomeDue(backend) })
    })
  }

  #probeAgain (backend: Backend): void {
    const { clock } = this.#options
    this.#surroundings.change(backend, 'the probe was inconclusive', () => {
      backend.passive.probeAgain(clock.now())
      this.#limitGrace(backend)
    })
  }

  /** From now on a request may probe it, also one that waits. It may be that none comes: sticky clients of others never probe it. */
  #becomeDue (backend: Backend): void {
    backend.passive.becomeDue()
    this.#limitGrace(backend)
    this.#surroundings.offerCapacity()
  }

  #limitGrace (backend: Backend): void {
    this.#next(backend, graceMs, () => {
      this.#return(backend, 'its ejection is over and no request probed it: it is on trial', true)
    })
  }

  #passProbe (backend: Backend): void {
    this.#return(backend, 'the probe succeeded')
  }

  #return (backend: Backend, why: string, isOnTrial = false): void {
    this.#surroundings.change(backend, why, () => {
      this.#end(backend, isOnTrial)
      this.#surroundings.startSlowly(backend)
    })
  }

  #end (backend: Backend, isOnTrial = false): void {
    backend.passive.return(this.#options.clock.now(), isOnTrial)
    this.forget(backend)
  }

  #next (backend: Backend, delayMs: number, step: () => void): void {
    this.#cancels.get(backend)?.()
    this.#cancels.set(backend, this.#options.clock.after(delayMs, step))
  }

  /** Never the last one, and never more than the operator allows; but one of several always may be. */
  #mayEject (backend: Backend, { isAnswer }: Evidence): boolean {
    if (isAnswer && this.#allAnswerAlike(backend)) return false
    const pool = this.#surroundings.backends().filter(({ desiredState, health }) => desiredState === 'ready' && health.state === 'healthy')
    const most = this.#options.outliers.maxEjectedPercent / 100 * pool.length
    const ejected = pool.filter(({ passive }) => passive.ejection.state !== 'none').length
    const hasOthers = this.#surroundings.rotation().all.some((other) => other !== backend && other.passive.ejection.state === 'none')
    return hasOthers && ejected + 1 <= (most > 0 ? Math.max(1, Math.floor(most)) : 0)
  }

  /** Where every backend answers with errors, it is the requests and not the backends. */
  #allAnswerAlike (backend: Backend): boolean {
    const muchRatio = backend.passive.recentErrorRatio / 4
    return this.#surroundings.rotation().all.every(({ passive }) => passive.recentErrorRatio >= muchRatio)
  }
}

/** The attempt is the probe, or was and took too long: an answer still shows that the backend is well, if a slow one. */
function isTestedBy ({ passive: { ejection } }: Backend, { isProbe, startedAt }: Attempt): boolean {
  if (!isProbe || ejection.state === 'none') return false
  return (ejection.state === 'probing' ? ejection.since : ejection.probeAt) === startedAt
}

function failedProbe (failed: Failure | number): Evidence {
  const isAnswer = typeof failed === 'number'
  return { why: `the probe failed: ${isAnswer ? `status ${failed}` : failureWords[failed]}`, isAnswer }
}
