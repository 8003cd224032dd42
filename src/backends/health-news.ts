import type { Checked, Health } from './health.ts'

/** What one process tells others of the health of a backend. It has durations and no times, as their clocks have nothing in common. */
export interface HealthNews {
  readonly id: string
  /** What led to it, in words. */
  readonly why: string
  readonly checked: Checked['state']
  readonly ejection:
    | { readonly state: 'none' | 'probing' }
    | { readonly state: 'ejected', readonly forMs: number, readonly why: string, readonly wasUnanswered: boolean }
  readonly isOnTrial: boolean
  /** For how long its weight has grown, in ms; missing where it has its whole weight. */
  readonly slowStartAgeMs?: number
}

export function newsOf (id: string, health: Health, why: string, nowMs: number, slowStartAgeMs?: number): HealthNews {
  const { checked, ejection, isOnTrial } = health
  return {
    id,
    why,
    checked: checked.state,
    ejection: ejection.state === 'ejected'
      ? { state: 'ejected', forMs: Math.max(0, ejection.until - nowMs), why: ejection.why, wasUnanswered: ejection.wasUnanswered }
      : { state: ejection.state },
    isOnTrial,
    ...slowStartAgeMs !== undefined && { slowStartAgeMs }
  }
}

/** The health as it was told, with what was known of it before. */
export function withNews (health: Health, { checked, ejection, isOnTrial }: HealthNews, nowMs: number): Health {
  return {
    ...health,
    checked: health.checked.state === checked ? health.checked : fresh[checked],
    ejection: ejectionFrom(ejection, nowMs),
    returnedAt: ejection.state === 'none' ? nowMs : undefined,
    isOnTrial
  }
}

function ejectionFrom (told: HealthNews['ejection'], nowMs: number): Health['ejection'] {
  switch (told.state) {
    case 'none': return { state: 'none' }
    case 'probing': return { state: 'probing', since: nowMs }
    case 'ejected': {
      const { forMs, why, wasUnanswered } = told
      return { state: 'ejected', until: nowMs + forMs, isDue: false, why, wasUnanswered, passes: 0, probeAt: undefined }
    }
    default: return told satisfies never
  }
}

const fresh: Readonly<Record<Checked['state'], Checked>> = {
  unchecked: { state: 'unchecked' },
  healthy: { state: 'healthy', failures: 0 },
  unhealthy: { state: 'unhealthy', passes: 0 }
}
