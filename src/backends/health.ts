/** What checks have shown of a backend. */
export type Health =
  | { readonly state: 'unchecked' }
  | { readonly state: 'healthy', readonly failures: number }
  | { readonly state: 'unhealthy', readonly passes: number }

export type HealthState = Health['state']

export interface Thresholds {
  /** Failed checks in a row that make a healthy backend unhealthy. */
  readonly fall: number
  /** Passed checks in a row that make an unhealthy backend healthy. */
  readonly rise: number
}

/** The next health after one check. The first check decides at once; after that the thresholds hold. */
export function afterCheck (health: Health, passed: boolean, { fall, rise }: Thresholds): Health {
  switch (health.state) {
    case 'unchecked':
      return passed ? { state: 'healthy', failures: 0 } : { state: 'unhealthy', passes: 0 }
    case 'healthy': {
      const failures = passed ? 0 : health.failures + 1
      return failures >= fall ? { state: 'unhealthy', passes: 0 } : { state: 'healthy', failures }
    }
    case 'unhealthy': {
      const passes = passed ? health.passes + 1 : 0
      return passes >= rise ? { state: 'healthy', failures: 0 } : { state: 'unhealthy', passes }
    }
    default:
      return health satisfies never
  }
}
