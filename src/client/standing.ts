import type { Reply } from './gateway-api.ts'

/** Identifies this backend at the gateway. */
export interface Registration {
  readonly id: string
}

/** The state of this backend's registration with one gateway, as far as it knows. */
export type Standing =
  | { readonly type: 'joining', readonly registration: undefined }
  | { readonly type: 'member', readonly registration: Registration }
  | { readonly type: 'away', readonly registration: Registration | undefined, readonly failures: number }
  | { readonly type: 'refused', readonly registration: Registration | undefined, readonly why: string }
  | { readonly type: 'removed', readonly registration: Registration | undefined }

/** The result of a registration or a heartbeat. */
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
  /** Until the next attempt, without jitter. */
  readonly delayMs: number
  /** Once per change of state. */
  readonly logLine: LogLine | undefined
}

/** Renewals per lease: two may be lost. */
const renewalsPerLease = 3
const leastRetryMs = 250
/** Someone has to fix something first, so retrying sooner does not help. */
const refusedRetryMs = 30_000

export function outcomeOf ({ status, backend, code, isExplained, reason }: Reply, isRegistration: boolean): Outcome {
  if (status >= 200 && status < 300 && backend !== undefined) {
    return { type: 'accepted', registration: { id: backend.id } }
  }
  if (!isRegistration && status === 404) return { type: 'forgotten' }
  if (!isRegistration && status === 410) return { type: 'removed' }
  if (status >= 500 || status === 408 || status === 429) return { type: 'no-answer', reason }
  // The name may still belong to the backend that this one is about to replace. A route belongs to another service.
  if (status === 409 && code !== 'EVENKEEL_ROUTE_TAKEN') return { type: 'refused', why: reason, isLasting: false }
  const isGateway = isExplained && status >= 400 && status !== 404
  return { type: 'refused', why: isGateway ? reason : `${reason}; is that the admin listener of a gateway?`, isLasting: true }
}

/** The only transition. */
export function next (standing: Standing, outcome: Outcome, ttlMs: number): Step {
  const renewMs = ttlMs / renewalsPerLease
  switch (outcome.type) {
    case 'accepted':
      return {
        standing: { type: 'member', registration: outcome.registration },
        delayMs: renewMs,
        logLine: joinedLine(standing, outcome.registration)
      }
    case 'forgotten':
      return {
        standing: { type: 'joining', registration: undefined },
        delayMs: 0,
        logLine: { level: 'warn', msg: 'the gateway no longer knows this backend; registering again', fields: {} }
      }
    case 'removed':
      // Keeps its registration, to ask whether it may come back.
      return {
        standing: { type: 'removed', registration: standing.registration },
        delayMs: refusedRetryMs,
        logLine:
          standing.type === 'removed'
            ? undefined
            : {
                level: 'warn',
                msg: 'this backend was removed by an operator; staying away until it is added again or restarted',
                fields: {}
              }
      }
    case 'no-answer': {
      const failures = standing.type === 'away' ? standing.failures + 1 : 0
      return {
        standing: { type: 'away', registration: standing.registration, failures },
        delayMs: Math.min(leastRetryMs * 2 ** failures, renewMs),
        logLine:
          failures > 0
            ? undefined
            : {
                level: 'warn',
                msg: 'the gateway is unreachable; retrying while this backend keeps serving',
                fields: { reason: outcome.reason }
              }
      }
    }
    case 'refused': {
      const { why, isLasting } = outcome
      const isNew = standing.type !== 'refused' || standing.why !== why
      return {
        standing: { type: 'refused', registration: standing.registration, why },
        delayMs: isLasting ? refusedRetryMs : renewMs,
        logLine: isNew
          ? { level: isLasting ? 'error' : 'warn', msg: 'the gateway refused this backend', fields: { reason: why } }
          : undefined
      }
    }
    default:
      return outcome satisfies never
  }
}

function joinedLine (before: Standing, { id }: Registration): LogLine | undefined {
  if (before.type === 'member') return undefined
  const isKnown = before.type !== 'removed' && before.registration?.id === id
  return { level: 'info', msg: isKnown ? 'the gateway is reachable again' : 'registered with the gateway', fields: { id } }
}
