import type { Reply } from './gateway-api.ts'

/** What the gateway knows this backend as. */
export interface Registration {
  readonly id: string
}

/** How this backend stands with one gateway, as far as it knows. */
export type Standing =
  | { readonly type: 'joining', readonly registration: undefined }
  | { readonly type: 'member', readonly registration: Registration }
  | { readonly type: 'away', readonly registration: Registration | undefined, readonly failures: number }
  | { readonly type: 'refused', readonly registration: Registration | undefined, readonly why: string }
  | { readonly type: 'removed', readonly registration: Registration | undefined }

/** What came of a registration or of a sign of life. */
export type Outcome =
  | { readonly type: 'accepted', readonly registration: Registration }
  | { readonly type: 'forgotten' }
  | { readonly type: 'removed' }
  | { readonly type: 'no-answer', readonly reason: string }
  | { readonly type: 'refused', readonly why: string, readonly isLasting: boolean }

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly msg: string
  readonly fields: object
}

export interface Step {
  readonly standing: Standing
  /** Until the next attempt; the jitter is not in it. */
  readonly delayMs: number
  /** Once for each change of the standing. */
  readonly logLine: LogLine | undefined
}

/** Renewals per lease: two may get lost. */
const renewalsPerLease = 3
const leastRetryMs = 250
/** Where somebody must do something first, asking again soon does not help. */
const refusedRetryMs = 30_000

export function outcomeOf ({ status, backend, isExplained, reason }: Reply, isRegistration: boolean): Outcome {
  if (status >= 200 && status < 300 && backend !== undefined) {
    return { type: 'accepted', registration: { id: backend.id } }
  }
  if (!isRegistration && status === 404) return { type: 'forgotten' }
  if (!isRegistration && status === 410) return { type: 'removed' }
  if (status >= 500 || status === 408 || status === 429) return { type: 'no-answer', reason }
  // A name that another one has yet, such as the one that is about to be replaced.
  if (status === 409) return { type: 'refused', why: reason, isLasting: false }
  const isGateway = isExplained && status >= 400 && status !== 404
  return { type: 'refused', why: isGateway ? reason : `${reason}; is that the admin listener of a gateway?`, isLasting: true }
}

/** The one transition. */
export function next (standing: Standing, outcome: Outcome, ttlMs: number): Step {
  const renewMs = ttlMs / renewalsPerLease
  switch (outcome.type) {
    case 'accepted':
      return { standing: { type: 'member', registration: outcome.registration }, delayMs: renewMs, logLine: joinedLine(standing, outcome.registration) }
    case 'forgotten':
      return {
        standing: { type: 'joining', registration: undefined },
        delayMs: 0,
        logLine: { level: 'warn', msg: 'the gateway has forgotten this backend, which registers again', fields: {} }
      }
    case 'removed':
      // Its registration is kept: there it sees whether it is wanted again.
      return {
        standing: { type: 'removed', registration: standing.registration },
        delayMs: refusedRetryMs,
        logLine: standing.type === 'removed' ? undefined : { level: 'warn', msg: 'an operator has removed this backend, which stays away until it is added or started again', fields: {} }
      }
    case 'no-answer': {
      const failures = standing.type === 'away' ? standing.failures + 1 : 0
      return {
        standing: { type: 'away', registration: standing.registration, failures },
        delayMs: Math.min(leastRetryMs * 2 ** failures, renewMs),
        logLine: failures > 0 ? undefined : { level: 'warn', msg: 'the gateway is away: this backend serves on and tries again', fields: { reason: outcome.reason } }
      }
    }
    case 'refused': {
      const { why, isLasting } = outcome
      const isNew = standing.type !== 'refused' || standing.why !== why
      return {
        standing: { type: 'refused', registration: standing.registration, why },
        delayMs: isLasting ? refusedRetryMs : renewMs,
        logLine: isNew ? { level: isLasting ? 'error' : 'warn', msg: 'the gateway refuses this backend', fields: { reason: why } } : undefined
      }
    }
    default:
      return outcome satisfies never
  }
}

function joinedLine (before: Standing, { id }: Registration): LogLine | undefined {
  if (before.type === 'member') return undefined
  const isKnown = before.type !== 'removed' && before.registration?.id === id
  return { level: 'info', msg: isKnown ? 'the gateway answers again' : 'registered with the gateway', fields: { id } }
}
