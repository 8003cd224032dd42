import type { Health, LastCheck } from './health.ts'
import type { BackendSpec, DesiredState, HealthCheckSpec, Source } from './spec.ts'

/** How long a backend that registered itself stays without a sign of life. */
export interface Lease {
  readonly ttlMs: number
  /** Wall-clock time, ms since the epoch. */
  readonly expiresAt: number
}

/** The one word for a backend's condition that logs, events and the API use. */
export type BackendState = Health['checked']['state'] | 'ejected' | 'probing' | 'draining' | 'drained' | 'maintenance'

/** A measure of how long a backend takes to the first byte of a response. */
export interface LatencyEstimate {
  /** In ms; 0 before the first observation. */
  value (nowMs: number): number
  /** As it was at the last observation, in ms; undefined before the first. */
  readonly latestMs: number | undefined
}

/**
 * One server that requests can go to, as all but its service see it: to read. It is four values: what was said (`spec`), what an operator
 * wants (`desiredState`), what was observed (`health`), and what is counted here (`inFlight` to `isStalled`).
 */
export interface Backend {
  readonly id: string
  /** The name of the service that it belongs to. */
  readonly service: string
  readonly source: Source
  readonly url: URL
  /** The url as people write it. */
  readonly address: string
  readonly spec: BackendSpec
  readonly desiredState: DesiredState
  readonly health: Health

  readonly name: string
  readonly weight: number
  readonly zone: string | undefined
  readonly isBackup: boolean
  /** The same object until it is changed. */
  readonly healthCheck: HealthCheckSpec
  readonly lastCheck: LastCheck | undefined

  /** Attempts that are not settled yet. */
  readonly inFlight: number
  /** Attempts without an answer yet. */
  readonly unanswered: number
  /** The weight that counts now: less than `weight` during a slow start. */
  readonly effectiveWeight: number
  readonly latency: LatencyEstimate
  /** Requests are unanswered, and it has answered none for some time. */
  isStalled (nowMs: number): boolean

  readonly state: BackendState
  /** When it came into its state, wall-clock ms, and what led to it, in words. */
  readonly entered: { readonly at: number, readonly why: string }
  /** It is healthy, by its checks and by its traffic, whatever an operator wants of it. */
  readonly isUp: boolean
  /** Until when it stays without a sign of life; undefined: until it is removed. */
  readonly lease: Lease | undefined
  /** Processes that serve it together and have registered; 0 where none of them has, as it may be for one from BACKENDS. */
  readonly holders: number
}

export function isUp ({ checked, ejection }: Health): boolean {
  return checked.state === 'healthy' && ejection.state === 'none'
}

export function stateOf (desiredState: DesiredState, { checked, ejection }: Health, inFlight: number): BackendState {
  if (desiredState === 'maintenance') return 'maintenance'
  if (desiredState === 'draining') return inFlight === 0 ? 'drained' : 'draining'
  return checked.state === 'healthy' && ejection.state !== 'none' ? ejection.state : checked.state
}
