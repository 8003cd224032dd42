import type { Thresholds } from '../backends/health.ts'
import type { MembersSettings } from './members.ts'
import type { OutlierSettings } from './outlier-judge.ts'
import type { PickerSettings } from './picker.ts'
import type { StickySessionsOptions } from './sticky-sessions.ts'

/** Bounds that hold for all requests to one service. */
export interface ServiceLimits {
  /** Attempts that one backend may have at a time. */
  readonly maxRequestsPerBackend: number
  /** How many requests may wait for a backend. */
  readonly queueSize: number
  readonly queueTimeoutMs: number
  /** Of the requests of the last 10 s, for retries of requests that reached a backend. */
  readonly retryBudgetPercent: number
  /** Retries within 10 s that are allowed whatever the share is; missing: 3. */
  readonly leastRetries?: number
}

/** What an operator says of a service; all of it can be said anew while it runs. */
export interface ServiceSettings extends Omit<PickerSettings, 'maxRequestsPerBackend'>, OutlierSettings, MembersSettings {
  /** The name of its strategy; `custom` for one of the owner's. */
  readonly balancer: string
  readonly limits: ServiceLimits
  readonly thresholds: Thresholds
  readonly sticky: StickySessionsOptions | undefined
}
