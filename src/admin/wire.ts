// The types of the admin API, for the gateway that writes it and the page that reads it. The page is compiled for browsers,
// so it imports nothing but types that import nothing.

import type { NotableRequest } from '../observe/notable-request.ts'
import type { BackendSample, Sample } from '../observe/sample.ts'
import type { RouteInfo } from '../routing/route-info.ts'

export type { BackendSample, NotableRequest, Sample }
export type { RouteInfo } from '../routing/route-info.ts'
export type { MatchView } from '../http/match-view.ts'
export type { Tls, TlsCertificate, TlsClientPolicy } from './wire-tls.ts'

export type BackendState = 'unchecked' | 'healthy' | 'unhealthy' | 'ejected' | 'probing' | 'draining' | 'drained' | 'maintenance'
export type DesiredState = 'ready' | 'draining' | 'maintenance'

/** A backend as the API shows it. */
export interface Backend {
  readonly id: string
  /** The name of its service. */
  readonly service: string
  readonly url: string
  readonly protocol: 'h2' | 'http/1.1'
  /** The version of the PROXY header that its connections begin with. */
  readonly sendProxy: 'v1' | 'v2' | null
  readonly name: string
  readonly weight: number
  /** The weight that counts now: less than `weight` during a slow start. */
  readonly effectiveWeight: number
  readonly zone: string | null
  readonly backup: boolean
  readonly source: 'configured' | 'registered' | 'dns'
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
  /** The matches of the routes that it announces; missing where it announces none. */
  readonly routes?: readonly string[]
  readonly lastCheck: { readonly passed: boolean, readonly detail: string, readonly durationMs: number, readonly at: string } | null
}

/** Overrides of the HEALTH_CHECK_… settings. */
export interface HealthCheck {
  readonly type?: 'http' | 'tcp' | 'grpc'
  readonly service?: string
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
  /** The name of its service. */
  readonly service: string
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

/** The configuration file was taken, or could not be; `why` says what of it is in force, or the first problem. */
export interface ConfigEvent {
  readonly id: number
  /** ISO 8601. */
  readonly at: string
  readonly type: 'config'
  readonly state: 'in-force' | 'refused'
  readonly why: string
}

export type BackendEvent = TransitionEvent | MembershipEvent
export type GatewayEvent = BackendEvent | ConfigEvent

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
  /** Undefined where there is only one route. */
  readonly route?: RouteExplanation
  /** The service that it would go to; missing where it goes to none. */
  readonly service?: string
  readonly backends: ReadonlyArray<{ readonly id: string, readonly name: string, readonly isCandidate: boolean, readonly reason: string }>
  readonly strategy: string
  readonly choice: { readonly id: string, readonly name: string } | null
  readonly reason: string
  /** Ejected backends are used because no others are left. */
  readonly isFailingOpen: boolean
  /** The fraction of requests that leave the gateway's zone, 0 to 1. */
  readonly spillRatio: number
}

/** A service as the API shows it (`GET /api/services`). */
export interface Service {
  readonly name: string
  /** It is always there, it stands in the configuration file, or its backends have registered. */
  readonly source: 'implicit' | 'file' | 'registered'
  readonly balancer: string
  readonly backends: number
  readonly inRotation: number
  readonly inFlight: number
  readonly queued: number
  /** How its backends are discovered; null where they are not. */
  readonly discovery: { readonly by: string, readonly ageMs: number | null, readonly problem: string | null } | null
}

/** A route as the API shows it (`GET /api/routes`), in the order of precedence among equals. */
export interface Route extends Omit<RouteInfo, 'name'> {
  readonly name: string | null
  /** Requests since the start of the gateway, those that were answered with 5xx, and those among them for which there was no backend. */
  readonly requests: number
  readonly errors: number
  readonly unavailable: number
  /** Backends in rotation that such a request could go to; null for a redirect. */
  readonly inRotation: number | null
  /** When a route whose backends have all left goes, ISO 8601. */
  readonly endsAt: string | null
}

/** A process that serves the traffic, as the API shows it (`GET /api/workers`). */
export interface Worker {
  /** Counts from 1; one that is started instead of another has the same number. */
  readonly number: number
  readonly pid: number
  readonly up: boolean
  /** How often it was started again. */
  readonly restarts: number
  /** Connections of clients. */
  readonly connections: number
  /** Of the last second; null: not known. */
  readonly requests: number | null
  /** The fraction of the last second that its event loop was busy, 0 to 1. */
  readonly eventLoopUtilization: number
  readonly residentBytes: number
  /** When its process was started, ISO 8601. */
  readonly since: string
}

/** The configuration file, as far as there is one (`GET /api/config`). */
export interface ConfigFileState {
  /** null: there is none. */
  readonly file: string | null
  /** `refused`: the file has changed to something that cannot be used, and what it said before is still in force. */
  readonly state: 'none' | 'in-force' | 'refused'
  /** When what is in force was read, ISO 8601. */
  readonly since: string | null
  /** Each with its place, such as `evenkeel.yaml:14:7: …`. */
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
}

/** One setting, and where it was said. */
export interface Setting {
  readonly value: string | number | boolean
  readonly from: 'environment' | 'env-file' | 'default'
}

export interface Config {
  readonly file: ConfigFileState
  /** The settings in force by name, and where each came from; secrets are masked. */
  readonly settings: Readonly<Record<string, Setting>>
  /** What the file says, secrets masked; null where there is none. */
  readonly content: unknown
}

/** Which routes such a request was compared with, before its service is asked (`GET /api/explain`). */
export interface RouteExplanation {
  /** How the path can be read, where that differs from how it is written. */
  readonly readings: readonly string[]
  readonly considered: ReadonlyArray<{
    readonly id: string,
    readonly name: string | null,
    readonly match: string,
    readonly origin: string
    readonly isChosen: boolean,
    readonly reason: string
  }>
  readonly result: 'route' | 'no-route' | 'ambiguous'
}
