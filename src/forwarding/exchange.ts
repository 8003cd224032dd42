import type { Outcome } from '../backends/lease.ts'

/** One try to have a request answered by one backend. */
export interface Attempt {
  readonly backend: string
  /** Why this attempt failed; undefined for one that brought a response. */
  readonly reason?: string
  readonly durationMs: number
}

/** What became of a request, for the access log. */
export interface Exchange {
  attempts: Attempt[]
  outcome: Outcome | undefined
}
