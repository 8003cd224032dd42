/** What health checks have shown of a backend. */
export type Checked =
  | { readonly state: 'unchecked' }
  | { readonly state: 'healthy', readonly failures: number }
  | { readonly state: 'unhealthy', readonly passes: number }

export interface Thresholds {
  /** Failed checks in a row that make a healthy backend unhealthy. */
  readonly fall: number
  /** Passed checks in a row that make an unhealthy backend healthy. */
  readonly rise: number
}

export interface LastCheck {
  readonly passed: boolean
  /** What happened, in words for an operator: `200`, `connection refused`, `no response within 1000 ms`. */
  readonly detail: string
  readonly durationMs: number
  /** Wall-clock time at which the check ended, ms since the epoch. */
  readonly at: number
}

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

/** Why a backend should be ejected. */
export interface Evidence {
  /** In words. */
  readonly why: string
  /** It did answer, with 5xx, or its unanswered requests alone would not be enough: that may be the fault of the requests. */
  readonly isAnswer: boolean
}

/**
 * What was observed of a backend, by its checks and by its traffic: a plain value, which only the functions below derive from one
 * another. Times are monotonic, in ms.
 */
export interface Health {
  readonly checked: Checked
  readonly lastCheck: LastCheck | undefined
  /** How many checks there were. */
  readonly checkCounts: { readonly passed: number, readonly failed: number }
  /** When checks last took it for unhealthy. */
  readonly downSince: number
  readonly ejection: Ejection
  /** How often it was ejected, all in all. */
  readonly ejectionCount: number
  /** How often in close succession. */
  readonly ejectionsInRow: number
  /** When its last ejection ended; undefined before, and while it is ejected. */
  readonly returnedAt: number | undefined
  /** It has returned without a probe: its first request shows whether it is well. */
  readonly isOnTrial: boolean
}

export const unknownHealth: Health = {
  checked: { state: 'unchecked' },
  lastCheck: undefined,
  checkCounts: { passed: 0, failed: 0 },
  downSince: 0,
  ejection: { state: 'none' },
  ejectionCount: 0,
  ejectionsInRow: 0,
  returnedAt: undefined,
  isOnTrial: false
}

const maxEjectMs = 120_000

/** What is known after one more check. The first check decides at once; after that the thresholds hold. */
export function afterCheck (checked: Checked, passed: boolean, { fall, rise }: Thresholds): Checked {
  switch (checked.state) {
    case 'unchecked':
      return passed ? { state: 'healthy', failures: 0 } : { state: 'unhealthy', passes: 0 }
    case 'healthy': {
      const failures = passed ? 0 : checked.failures + 1
      return failures >= fall ? { state: 'unhealthy', passes: 0 } : { state: 'healthy', failures }
    }
    case 'unhealthy': {
      const passes = passed ? checked.passes + 1 : 0
      return passes >= rise ? { state: 'healthy', failures: 0 } : { state: 'unhealthy', passes }
    }
    default:
      return checked satisfies never
  }
}

/** The health after one more check, whatever that means for an ejection. */
export function withCheck (health: Health, lastCheck: LastCheck, thresholds: Thresholds, nowMs: number): Health {
  const { checkCounts: { passed, failed } } = health
  const checked = afterCheck(health.checked, lastCheck.passed, thresholds)
  const fell = checked.state === 'unhealthy' && health.checked.state !== 'unhealthy'
  return {
    ...health,
    checked,
    lastCheck,
    checkCounts: lastCheck.passed ? { passed: passed + 1, failed } : { passed, failed: failed + 1 },
    downSince: fell ? nowMs : health.downSince
  }
}

/** Ejected for longer each time that ejections follow each other closely; at first for `ejectMs`. */
export function ejected (health: Health, ejectMs: number, { why, isAnswer }: Evidence, nowMs: number, probeAt?: number): Health {
  const { returnedAt } = health
  const isFirst = returnedAt !== undefined && nowMs - returnedAt > maxEjectMs
  const ejectionsInRow = isFirst ? 1 : health.ejectionsInRow + 1
  const until = nowMs + Math.min(ejectMs * ejectionsInRow, maxEjectMs)
  return {
    ...health,
    ejection: { state: 'ejected', until, isDue: false, why, wasUnanswered: !isAnswer, passes: 0, probeAt },
    ejectionCount: health.ejectionCount + 1,
    ejectionsInRow,
    returnedAt: undefined,
    isOnTrial: false
  }
}

/** The ejection has lasted as long as it should: the next request probes. */
export function dueForProbe (health: Health): Health {
  return health.ejection.state === 'ejected' ? { ...health, ejection: { ...health.ejection, isDue: true } } : health
}

export function probedSince (health: Health, nowMs: number): Health {
  return { ...health, ejection: { state: 'probing', since: nowMs } }
}

/** The probe ended and told nothing: the next request probes. */
export function probedInVain (health: Health, why: string, nowMs: number): Health {
  return {
    ...health,
    ejection: { state: 'ejected', until: nowMs, isDue: true, why, wasUnanswered: false, passes: 0, probeAt: undefined }
  }
}

/** Counts the checks in a row that an ejected backend has passed since it stopped answering; for any other that says nothing. */
export function withCheckOfEjected (health: Health, passed: boolean): Health {
  const { ejection } = health
  if (ejection.state !== 'ejected' || !ejection.wasUnanswered) return health
  return { ...health, ejection: { ...ejection, passes: passed ? ejection.passes + 1 : 0 } }
}

/** No longer ejected. `isOnTrial`: no probe has shown that it is well. */
export function returned (health: Health, nowMs: number, isOnTrial: boolean): Health {
  return { ...health, ejection: { state: 'none' }, returnedAt: nowMs, isOnTrial }
}

/** Whether an attempt that began at `startedAt` is the first since a return on trial. */
export function isTrial ({ isOnTrial, returnedAt = 0 }: Health, startedAt: number): boolean {
  return isOnTrial && startedAt >= returnedAt
}

export function passedTrial (health: Health): Health {
  return { ...health, isOnTrial: false }
}
