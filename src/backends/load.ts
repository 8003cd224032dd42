import { PeakEwma } from './peak-ewma.ts'
import { RecentOutcomes } from './recent-outcomes.ts'

const stallMs = 500

/** What this process has sent to a backend, and what came back. It never leaves the process that counts it. */
export class Load {
  /** Attempts that are not settled yet. */
  inFlight = 0
  /** What other processes of the gateway have in flight there, as this one was told last. */
  elsewhere = 0
  /** Attempts without an answer yet. */
  unanswered = 0
  /** When it last began to answer a request or, where none was unanswered, got one; monotonic ms. */
  heardAt = 0
  /** The part of its weight that counts now, 0 to 1: less than 1 during a slow start. */
  weightRatio = 1
  /** Time to the first byte of responses. */
  readonly latency = new PeakEwma()
  readonly recent = new RecentOutcomes()
  /** Attempts that this process may have at a time, where others have some too; undefined: all that the operator allows. */
  quota: number | undefined
  /** Successes that who judges elsewhere has not been told of. */
  unreported = 0

  begin (nowMs: number): void {
    this.inFlight++
    if (this.unanswered++ === 0) this.heardAt = nowMs
  }

  /** An attempt has its answer. */
  answer (nowMs: number): void {
    this.unanswered--
    this.heardAt = nowMs
  }

  end (wasAnswered: boolean): void {
    this.inFlight--
    if (!wasAnswered) this.unanswered--
  }

  /** Requests are unanswered, and it has answered none for some time: it may hang, or be slow by nature. */
  isStalled (nowMs: number): boolean {
    return this.unanswered > 0 && nowMs - this.heardAt >= stallMs
  }
}
