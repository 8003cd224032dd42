import { isTrial, type Evidence, type Health } from '../backends/health.ts'
import type { RecentOutcomes } from '../backends/recent-outcomes.ts'
import { failureWords, type FailureReason } from '../backends/failure-reason.ts'

export interface OutlierLimits {
  /** Failures in a row that eject a backend; 0: none ever is. */
  readonly failures: number
  /** How long the first ejection lasts; the second in a row lasts twice as long, and so on up to two minutes. */
  readonly ejectMs: number
  readonly maxEjectedPercent: number
}

/** By ratio: half of at least 20 attempts within 10 s. */
const minAttempts = 20
const minFailureRatio = 0.5

/** A failure to answer, or the status of an answer: of HTTP from 500 on, of gRPC below 100. */
export type FailedWith = FailureReason | number

/** A failure in words. */
export function wordsFor (failed: FailedWith): string {
  if (typeof failed !== 'number') return failureWords[failed]
  return failed < 100 ? `grpc-status ${failed}` : `status ${failed}`
}

/** What speaks for an ejection, when this is the failure that was counted last; `startedAt`: when its attempt began. */
export function evidenceFrom (
  failed: FailedWith, recent: RecentOutcomes, health: Health, limits: OutlierLimits, nowMs: number, startedAt: number
): Evidence | undefined {
  if (limits.failures === 0) return undefined
  const isAnswer = typeof failed === 'number'
  if (isTrial(health, startedAt)) return { why: `the first request after its ejection failed: ${wordsFor(failed)}`, isAnswer }
  if (recent.failuresInRow >= limits.failures) {
    const why = `${recent.failuresInRow} failures in a row, last: ${wordsFor(failed)}`
    return { why, isAnswer: recent.unansweredInRow < limits.failures }
  }
  const attempts = recent.attempts.count(nowMs)
  const failures = recent.failures.count(nowMs)
  const enough = attempts * minFailureRatio
  if (attempts < minAttempts || failures < enough) return undefined
  const why = `${failures} of ${attempts} requests failed within 10 s, last: ${wordsFor(failed)}`
  return { why, isAnswer: recent.unanswered.count(nowMs) < enough }
}
