import { RecentCount } from '../base/recent-count.ts'

/** Weight of one answer in `errorRatio`. */
const answerWeight = 1 / 16

/** How the last attempts at a backend ended, as counts. All times are monotonic, in ms. */
export class RecentOutcomes {
  readonly attempts = new RecentCount()
  readonly failures = new RecentCount()
  /** Failures that were no answers. */
  readonly unanswered = new RecentCount()
  failuresInRow = 0
  unansweredInRow = 0
  /** 5xx among the last answers, the latest counting most: an exponentially weighted average, 0 to 1. */
  errorRatio = 0

  addSuccess (nowMs: number): void {
    this.failuresInRow = 0
    this.unansweredInRow = 0
    this.errorRatio -= this.errorRatio * answerWeight
    this.attempts.add(nowMs)
  }

  /** `isAnswer`: by an answer from 500 on, and not by none at all. */
  addFailure (isAnswer: boolean, nowMs: number): void {
    if (isAnswer) {
      this.errorRatio += (1 - this.errorRatio) * answerWeight
      this.unansweredInRow = 0
    } else {
      this.unansweredInRow++
      this.unanswered.add(nowMs)
    }
    this.failuresInRow++
    this.attempts.add(nowMs)
    this.failures.add(nowMs)
  }

  clear (): void {
    this.failuresInRow = 0
    this.unansweredInRow = 0
    this.errorRatio = 0
    this.attempts.clear()
    this.failures.clear()
    this.unanswered.clear()
  }
}
