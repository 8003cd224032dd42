import type { Failure } from '../upstream/failure.ts'

/** What is known of an attempt that failed before the head of a response came. */
export interface FailedAttempt {
  readonly method: string
  readonly failure: Failure
  /** A byte of the request may have reached the backend. */
  readonly isSent: boolean
  /** The connection had served a request before this one. */
  readonly isReused: boolean
  /** What was read of the request's body so far is still at hand. */
  readonly isReplayable: boolean
}

export type Verdict = 'give-up' | 'repeat' | 'repeat-for-free'

/** RFC 9110 section 9.2.2, and the idempotent ones of the methods that Node knows, by their registrations with IANA. */
const idempotent = new Set([
  'GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'PROPFIND', 'REPORT', 'SEARCH', 'QUERY',
  'ACL', 'BIND', 'CHECKOUT', 'COPY', 'LINK', 'MERGE', 'MKACTIVITY', 'MKCALENDAR', 'MKCOL', 'MOVE', 'PROPPATCH', 'REBIND',
  'UNBIND', 'UNLINK', 'UNLOCK'
])

/**
 * Whether the request may be sent again. What was not sent may, whatever the method; what was sent only when a second time
 * does no more than the first. The end of a reused connection is most likely older than the request: the repeat is free.
 */
export function verdictOn (attempt: FailedAttempt, hadFreeRepeat: boolean): Verdict {
  if (!attempt.isSent) return 'repeat'
  if (!isRepeatableFailure(attempt.failure) || !idempotent.has(attempt.method) || !attempt.isReplayable) return 'give-up'
  const isStale = attempt.isReused && (attempt.failure === 'reset' || attempt.failure === 'closed')
  return isStale && !hadFreeRepeat ? 'repeat-for-free' : 'repeat'
}

/** A backend that is slow gets no second request for the first one, and a client that is slow gets no second backend. */
function isRepeatableFailure (failure: Failure): boolean {
  return failure !== 'response-timeout' && failure !== 'body-timeout' && failure !== 'client-timeout'
}

const maxJitterMs = 25

/** How long to wait before the repeat of this number, counted from 1. The first one goes at once. */
export function repeatDelayMs (repeat: number, random: () => number): number {
  return repeat < 2 ? 0 : random() * maxJitterMs
}
