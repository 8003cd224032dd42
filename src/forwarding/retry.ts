import type { Failure } from '../upstream/failure.ts'
import type { FailureReason } from '../backends/failure-reason.ts'

/** What is known of an attempt that failed before the head of a response came. */
export interface FailedAttempt {
  readonly method: string
  readonly failure: Failure
  /** A byte of the request may have reached the backend. */
  readonly isSent: boolean
  /** What was read of the request's body so far is still at hand. */
  readonly isReplayable: boolean
}

export type Verdict = 'give-up' | 'retry' | 'retry-for-free'

/** RFC 9110 section 9.2.2, and the idempotent ones of the methods that Node knows, by their registrations with IANA. */
const idempotent = new Set([
  'GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'PROPFIND', 'REPORT', 'SEARCH', 'QUERY',
  'ACL', 'BIND', 'CHECKOUT', 'COPY', 'LINK', 'MERGE', 'MKACTIVITY', 'MKCALENDAR', 'MKCOL', 'MOVE', 'PROPPATCH', 'REBIND',
  'UNBIND', 'UNLINK', 'UNLOCK'
])

/**
 * Whether the request may be sent again. What was not sent may, whatever the method, and so may what its backend has not looked at
 * (RFC 9113 section 8.7); what was sent only when a second time does no more than the first. The end of a reused connection is most
 * likely older than the request: the retry is free.
 */
export function verdictOn ({ method, failure, isSent, isReplayable }: FailedAttempt, hadFreeRetry: boolean): Verdict {
  if (!isSent) return 'retry'
  if (failure.isUnprocessed === true && isReplayable) return hadFreeRetry ? 'retry' : 'retry-for-free'
  if (!isRetryable(failure.reason) || !idempotent.has(method) || !isReplayable) return 'give-up'
  return failure.isStale && !hadFreeRetry ? 'retry-for-free' : 'retry'
}

/** A backend that is slow gets no second request for the first one, and a client that is slow gets no second backend. */
function isRetryable (reason: FailureReason): boolean {
  return reason !== 'response-timeout' && reason !== 'body-timeout' && reason !== 'client-timeout'
}

const maxJitterMs = 25

/** How long to wait before the retry of this number, counted from 1. The first one goes at once. */
export function retryDelayMs (retry: number, random: () => number): number {
  return retry < 2 ? 0 : random() * maxJitterMs
}
