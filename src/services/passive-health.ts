import { RecentCount } from '../base/recent-count.ts'
import type { FailureReason as Failure } from '../upstream/failure.ts'
import { failureWords } from '../upstream/failure-words.ts'

/**
 * What live traffic has shown of a backend. An ejected one gets no request until it is due, at `until`; then one request
 * probes it. One that failed to answer comes back before that when `passes` health checks in a row show that it answers again.
 */
export type Ejection =
  | { readonly state: 'none' }
  | {
    readonly state: 'ejected'
    readonly until: number
    readonly isDue: boolean
    readonly why: string
    readonly wasUnanswered: boolean
    readonly passes: number
    /** When the probe began that has taken too long, and may be answered still. */
    readonly probeAt: number | undefined
  }
  | { readonly state: 'probing', readonly since: number }

export interface OutlierLimits {
  /** Failures in a row that eject a backend; 0: none ever is. */
  readonly failures: number
  /** The first ejection lasts so long, the second in a row twice, and so on up to `maxEjectMs`. */
  readonly ejectMs: number
  readonly maxEjectedPercent: number
}

/** Why a backend should be ejected. */
export interface Evidence {
  /** The evidence, in words. */
  readonly why: string
  /** It did answer, with 5xx, or its unanswered requests alone would not be enough: that may be the fault of the requests. */
  readonly isAnswer: boolean
}

const maxEjectMs = 120_000

/** By ratio: half of at least so many attempts within 10 s. */
const minAttempts = 20
const minFailureRatio = 0.5

/** Weight of one answer in `recentErrorRatio`. */
const answerWeight = 1 / 16

/** What is counted of the attempts at one backend. All times are monotonic, in ms. */
export class PassiveHealth {
  ejection: Ejection = { state: 'none' }
  /** How often it was ejected, all in all. */
  ejectionCount = 0
  /** Share of 5xx among the last answers, the latest counting most: an exponentially weighted average. */
  recentErrorRatio = 0
  readonly #attempts = new RecentCount()
  readonly #failures = new RecentCount()
  /** Those that were no answers. */
  readonly #unanswered = new RecentCount()
  #failuresInRow = 0
  #unansweredInRow = 0
  #ejections = 0
  #returnedAt: number | undefined
  /** It has returned without a probe: its first request shows whether it is well. */
  #isOnTrial = false

  /** `startedAt`: when the attempt began. One from before the last ejection shows nothing of how the backend is since. */
  onSuccess (nowMs: number, startedAt: number): void {
    if (this.#isTrial(startedAt)) this.#isOnTrial = false
    this.#failuresInRow = 0
    this.#unansweredInRow = 0
    this.recentErrorRatio -= this.recentErrorRatio * answerWeight
    this.#attempts.add(nowMs)
  }

  /** Counts a failure: to answer, or an answer with this status. Returns what speaks for an ejection now, if anything does. */
  onFailure (failure: Failure | number, limits: OutlierLimits, nowMs: number, startedAt: number): Evidence | undefined {
    const isAnswer = typeof failure === 'number'
    if (isAnswer) {
      this.recentErrorRatio += (1 - this.recentErrorRatio) * answerWeight
      this.#unansweredInRow = 0
    } else {
      this.#unansweredInRow++
      this.#unanswered.add(nowMs)
    }
    this.#failuresInRow++
    this.#attempts.add(nowMs)
    this.#failures.add(nowMs)
    if (limits.failures === 0) return undefined

    const last = isAnswer ? `status ${failure}` : failureWords[failure]
    if (this.#isTrial(startedAt)) return { why: `the first request after its ejection failed: ${last}`, isAnswer }
    if (this.#failuresInRow >= limits.failures) {
      return { why: `${this.#failuresInRow} failures in a row, last: ${last}`, isAnswer: this.#unansweredInRow < limits.failures }
    }
    const attempts = this.#attempts.count(nowMs)
    const failures = this.#failures.count(nowMs)
    const enough = attempts * minFailureRatio
    if (attempts < minAttempts || failures < enough) return undefined
    return { why: `${failures} of ${attempts} requests failed within 10 s, last: ${last}`, isAnswer: this.#unanswered.count(nowMs) < enough }
  }

  /** Returns for how long, in ms. Ejections that follow each other closely grow longer. */
  eject ({ ejectMs }: OutlierLimits, { why, isAnswer }: Evidence, nowMs: number, probeAt?: number): number {
    if (this.#returnedAt !== undefined && nowMs - this.#returnedAt > maxEjectMs) this.#ejections = 0
    this.#returnedAt = undefined
    this.#ejections++
    this.ejectionCount++
    const forMs = Math.min(ejectMs * this.#ejections, maxEjectMs)
    this.#isOnTrial = false
    this.ejection = { state: 'ejected', until: nowMs + forMs, isDue: false, why, wasUnanswered: !isAnswer, passes: 0, probeAt }
    return forMs
  }

  /** A health check has ended. Returns how many in a row have passed since the backend stopped answering; 0 where that says nothing. */
  onCheck (passed: boolean): number {
    const { ejection } = this
    if (ejection.state !== 'ejected' || !ejection.wasUnanswered) return 0
    const passes = passed ? ejection.passes + 1 : 0
    this.ejection = { ...ejection, passes }
    return passes
  }

  /** The request that probed it ended without telling anything: the next one probes. */
  probeAgain (nowMs: number): void {
    const why = 'the probe was inconclusive'
    this.ejection = { state: 'ejected', until: nowMs, isDue: true, why, wasUnanswered: false, passes: 0, probeAt: undefined }
  }

  /** The ejection has lasted as long as it should. */
  becomeDue (): void {
    if (this.ejection.state === 'ejected') this.ejection = { ...this.ejection, isDue: true }
  }

  /** Starts over with a clean sheet, but for how often it was ejected. */
  return (nowMs: number, isOnTrial = false): void {
    this.ejection = { state: 'none' }
    this.#isOnTrial = isOnTrial
    this.#returnedAt = nowMs
    this.#failuresInRow = 0
    this.#unansweredInRow = 0
    this.recentErrorRatio = 0
    this.#unanswered.clear()
    this.#attempts.clear()
    this.#failures.clear()
  }

  #isTrial (startedAt: number): boolean {
    return this.#isOnTrial && startedAt >= (this.#returnedAt ?? 0)
  }
}
