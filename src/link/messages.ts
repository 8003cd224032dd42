import type { CertificatePair } from '../downstream/tls/certificate.ts'
import type { HealthNews } from '../backends/health-news.ts'
import type { Announcement } from '../registry/announcement.ts'
import type { RegistryEntry } from '../registry/store.ts'
import type { Evidence, ProbeStep } from '../services/reporting-judge.ts'

/** An announced route as JSON has it. */
export type AnnouncementText = Omit<Announcement, 'backendIds' | 'endsAt'> & {
  readonly backendIds: readonly string[] | null
  readonly endsAt: number | null
}

/** All that a worker needs to know, at once. */
export interface State {
  readonly type: 'state'
  readonly entries: readonly RegistryEntry[]
  readonly health: readonly HealthNews[]
  readonly routes: readonly AnnouncementText[]
  /** The configuration file in force; null without one. */
  readonly config: string | null
  /** The certificate that all serve for want of another. */
  readonly selfSigned: CertificatePair | null
}

/** What control tells a worker. */
export type ToWorker =
  | State
  | { readonly type: 'put', readonly entry: RegistryEntry, readonly why: string }
  | { readonly type: 'remove', readonly id: string, readonly why: string }
  | { readonly type: 'health', readonly news: HealthNews }
  /** Its next request may probe this backend. */
  | { readonly type: 'probe', readonly id: string }
  | { readonly type: 'routes', readonly routes: readonly AnnouncementText[] }
  | { readonly type: 'config', readonly text: string }
  /** How many attempts it may have at a backend at a time. `turn` comes back when it goes by that. */
  | { readonly type: 'quota', readonly id: string, readonly requests: number, readonly turn: number }
  /** What all other workers have in flight at backends, where that has changed. */
  | { readonly type: 'elsewhere', readonly backends: ReadonlyArray<readonly [id: string, inFlight: number]> }
  /** Sent so often that its absence tells something. */
  | { readonly type: 'tick' }

/** Of a backend: what is in flight there, how much of it is without an answer yet, and for how long none was heard, in ms. */
export type LoadRow = readonly [id: string, inFlight: number, unanswered: number, silentMs: number, service: string]

/** The first that a worker says. */
export interface Hello {
  readonly type: 'hello'
  readonly worker: number
  readonly pid: number
  /** Of the package: during an upgrade they may not be the same. */
  readonly version: string
  /** Those that it has ejected itself. */
  readonly ejected: readonly HealthNews[]
}

/** Of its backends, those whose load has changed; and what waits in its queues. */
export interface Loads {
  readonly type: 'load'
  readonly backends: readonly LoadRow[]
  readonly queued: ReadonlyArray<readonly [service: string, count: number]>
}

/** The first that a control says to the one whose place it takes. `version`: of the package. */
export interface Successor {
  readonly type: 'successor'
  readonly version: string
}

/** All that control knows and no setting says. Who reads it may be of another version, and checks it. */
export interface Inheritance {
  readonly type: 'inheritance'
  /** As REGISTRY_FILE has it. */
  readonly registry: unknown
  /** For one of the same version. */
  readonly ejected: readonly HealthNews[]
  /** A `TrafficReport` of all that has been counted. */
  readonly report: unknown
}

/** What control tells its successor: first what there is to inherit, and last the report of what was counted after that. */
export type ToSuccessor = Inheritance | { readonly type: 'report', readonly report: unknown }

/** What a worker tells control. */
export type ToControl =
  | Hello
  | { readonly type: 'evidence', readonly id: string, readonly evidence: Evidence }
  | { readonly type: 'successes', readonly counts: ReadonlyArray<readonly [id: string, count: number]> }
  | { readonly type: 'probing', readonly id: string, readonly step: ProbeStep }
  | Loads
  /** A `TrafficReport`, which is for who shows the traffic. */
  | { readonly type: 'report', readonly report: unknown }
  | { readonly type: 'in-quota', readonly id: string, readonly turn: number, readonly inFlight: number }
