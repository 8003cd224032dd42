import type { FailureReason } from '../backends/failure-reason.ts'
import { probedSince } from '../backends/health.ts'
import type { AttemptFacts, Outcome } from './attempt.ts'
import type { ManagedBackend } from './managed-backend.ts'
import { OutlierDetection, type OutlierDetectionOptions } from './outlier-detection.ts'
import type { OutlierJudge, OutlierSettings, OutlierSurroundings } from './outlier-judge.ts'
import type { Audience } from './routing-facts.ts'

/** What attempts at one backend have shown, for who judges elsewhere. */
export interface Evidence {
  readonly outcome: Outcome
  readonly failure: FailureReason | undefined
  /** As `Attempt.errorStatus`; missing where it says no such thing. */
  readonly errorStatus?: number | undefined
  readonly isProbe: boolean
  /** How long ago the attempt began, in ms: the clocks of two processes have nothing in common. */
  readonly agoMs: number
  /** Attempts that succeeded since the last evidence, and came before this one. */
  readonly successesBefore: number
}

/** A probe has begun, has been sent, or has been answered: well, or with this status, which says that the backend has failed. */
export type ProbeStep = 'began' | 'sent' | 'passed' | number

/** Who judges for all processes. */
export interface DistantJudge {
  /** False: it cannot be reached, and this process judges for itself. */
  readonly isThere: boolean
  onEvidence (backend: ManagedBackend, evidence: Evidence): void
  /** One more attempt has succeeded, which can wait to be told. */
  onSuccess (backend: ManagedBackend): void
  onProbe (backend: ManagedBackend, step: ProbeStep): void
}

/**
 * In a process that does not judge alone: reports what attempts show, and has the verdicts carried out that come back as the health of
 * a backend. While the judge is away it judges by what it sees itself.
 */
export class ReportingJudge implements OutlierJudge {
  readonly #judge: DistantJudge
  readonly #clock: OutlierDetectionOptions['clock']
  readonly #surroundings: OutlierSurroundings
  readonly #own: OutlierDetection
  /** Backends that this process, and no other, is to probe with its next request. */
  readonly #granted = new Set<ManagedBackend>()

  constructor (options: OutlierDetectionOptions, surroundings: OutlierSurroundings, judge: DistantJudge) {
    this.#judge = judge
    this.#clock = options.clock
    this.#surroundings = surroundings
    this.#own = new OutlierDetection(options, surroundings)
  }

  configure (settings: OutlierSettings): void {
    this.#own.configure(settings)
  }

  /** The next request may probe this backend. */
  grant (backend: ManagedBackend): void {
    this.#granted.add(backend)
    this.#surroundings.offerProbe(backend)
  }

  /** A verdict has come: what was granted before it, or judged here, counts no more. */
  onVerdict (backend: ManagedBackend): void {
    this.#granted.delete(backend)
    this.#own.forget(backend)
  }

  due (tried: readonly unknown[], audience: Audience | undefined): ManagedBackend | undefined {
    if (!this.#judge.isThere) return this.#own.due(tried, audience)
    if (this.#granted.size === 0) return undefined
    for (const backend of this.#granted) {
      if (this.isDue(backend) && !tried.includes(backend) && audience?.has(backend.id) !== false) return backend
    }
    return undefined
  }

  isDue (backend: ManagedBackend): boolean {
    if (!this.#judge.isThere) return this.#own.isDue(backend)
    return this.#granted.has(backend) && backend.state === 'ejected' && !this.#surroundings.isFull(backend)
  }

  beginProbe (backend: ManagedBackend, nowMs: number): void {
    if (!this.#judge.isThere) return this.#own.beginProbe(backend, nowMs)
    this.#granted.delete(backend)
    this.#surroundings.members.change(backend, 'its ejection is over: one request probes it', () => {
      backend.health = probedSince(backend.health, nowMs)
    })
    this.#judge.onProbe(backend, 'began')
  }

  onProbeSent (backend: ManagedBackend, attempt: AttemptFacts): void {
    if (this.#judge.isThere) this.#judge.onProbe(backend, 'sent')
    else this.#own.onProbeSent(backend, attempt)
  }

  onProbeAnswered (backend: ManagedBackend, attempt: AttemptFacts): void {
    if (this.#judge.isThere) this.#judge.onProbe(backend, attempt.errorStatus ?? 'passed')
    else this.#own.onProbeAnswered(backend, attempt)
  }

  judge (backend: ManagedBackend, attempt: AttemptFacts, outcome: Outcome, failure: FailureReason | undefined): void {
    if (!this.#judge.isThere) return this.#own.judge(backend, attempt, outcome, failure)
    const { startedAt, errorStatus, isProbe } = attempt
    const { load } = backend
    const { ejection, isOnTrial } = backend.health
    if (outcome === 'success' && errorStatus === undefined && !isProbe && ejection.state === 'none' && !isOnTrial) {
      load.unreported++
      if (load.unreported === 1) this.#judge.onSuccess(backend)
      return
    }
    if (!isProbe && (outcome === 'client-abort' || outcome === 'gateway-failure')) return
    const successesBefore = load.unreported
    load.unreported = 0
    this.#judge.onEvidence(backend, { outcome, failure, errorStatus, isProbe, agoMs: this.#clock.now() - startedAt, successesBefore })
  }

  /** Checks are made where it is judged. */
  onCheck (): void {}

  adopt (backend: ManagedBackend): void {
    this.#own.adopt(backend)
  }

  forget (backend: ManagedBackend): void {
    this.#granted.delete(backend)
    this.#own.forget(backend)
  }

  close (): void {
    this.#own.close()
  }
}
