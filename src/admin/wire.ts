// The types of the admin API, for the gateway that writes it and the page that reads it. The page is compiled for browsers,
// so it imports nothing but types that import nothing.

import type { BackendSample, Sample } from '../observe/sample.ts'

export type { BackendSample, Sample }

export type BackendState = 'unchecked' | 'healthy' | 'unhealthy' | 'ejected' | 'probing' | 'draining' | 'drained' | 'maintenance'
export type DesiredState = 'ready' | 'draining' | 'maintenance'

/** A backend as the API shows it. */
export interface Backend {
  readonly id: string
  readonly url: string
  readonly name: string
  readonly weight: number
  /** The weight that counts now: less than `weight` during a slow start. */
  readonly effectiveWeight: number
  readonly zone: string | null
  readonly backup: boolean
  readonly source: 'configured' | 'registered'
  readonly desiredState: DesiredState
  readonly state: BackendState
  /** When it entered this state, ISO 8601. */
  readonly since: string
  /** The reason for this state: the evidence, or `operator`. */
  readonly why: string
  readonly inRotation: boolean
  readonly inFlight: number
  /** The balancers' estimate; for what clients experience, see the samples. */
  readonly latencyMs: number | null
  readonly healthCheck: HealthCheck
  readonly lease: { readonly ttlMs: number, readonly expiresAt: string } | null
  /** Live processes that have registered this url. */
  readonly holders: number
  readonly lastCheck: { readonly passed: boolean, readonly detail: string, readonly durationMs: number, readonly at: string } | null
}

/** Overrides of the HEALTH_CHECK_… settings. */
export interface HealthCheck {
  readonly type?: 'http' | 'tcp'
  readonly path?: string
  readonly port?: number
  readonly host?: string
  readonly status?: string
}

interface EventBase {
  readonly id: number
  /** ISO 8601. */
  readonly at: string
  /** The id of the backend. */
  readonly backend: string
  readonly name: string
  readonly why: string
  readonly inRotation: number
}

export interface TransitionEvent extends EventBase {
  readonly type: 'transition'
  readonly from: BackendState
  readonly to: BackendState
}

export interface MembershipEvent extends EventBase {
  readonly type: 'join' | 'leave' | 'change'
}

export type GatewayEvent = TransitionEvent | MembershipEvent

/** The first event of every stream. A different instance means that the gateway was restarted. */
export interface Hello {
  readonly instance: string
  readonly version: string
}

export interface NewBackend {
  readonly url: string
  readonly name?: string
  readonly weight?: number
  readonly zone?: string
  readonly backup?: boolean
  readonly healthCheck?: { readonly path: string }
}

/** Where a request would go now, and why not to the other backends. */
export interface Explanation {
  readonly backends: ReadonlyArray<{ readonly id: string, readonly name: string, readonly isCandidate: boolean, readonly reason: string }>
  readonly strategy: string
  readonly choice: { readonly id: string, readonly name: string } | null
  readonly reason: string
  /** Ejected backends are used because no others are left. */
  readonly isFailingOpen: boolean
  /** The fraction of requests that leave the gateway's zone, 0 to 1. */
  readonly spillRatio: number
}
