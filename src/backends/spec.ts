import type { StatusRange } from '../http/status-range.ts'

/** Where the health check of one backend differs from that of the others. */
export interface HealthCheckSpec {
  /** `tcp`: it is enough that a connection is accepted. */
  readonly type?: 'http' | 'tcp'
  readonly path?: string
  readonly port?: number
  readonly host?: string
  readonly status?: StatusRange
}

/** What was said of a backend, by its owner or by itself: a plain value, like `DesiredState` and `Health`. */
export interface BackendSpec {
  /** As `addressText` writes it: an origin, or `unix:` and a path. */
  readonly url: string
  /** Unique among the backends; by default the host and port of its url. */
  readonly name: string
  /** Traffic relative to the others, 1 to 1000. */
  readonly weight: number
  /** Where it stands, in the words of `ZONE`. */
  readonly zone?: string
  /** Used only while no other backend can be. */
  readonly isBackup?: boolean
  readonly healthCheck?: HealthCheckSpec
}

/** What can be said anew of a backend that is there already. */
export type SpecChange = Partial<Omit<BackendSpec, 'url'>>

/** What an operator wants of a backend, whatever was observed of it. Draining: no new requests, open ones go on. */
export type DesiredState = 'ready' | 'draining' | 'maintenance'

/** Whether a backend stands in the settings, or registered itself. */
export type Source = 'configured' | 'registered'

/** How two specs of one backend differ, in words; empty when they do not. */
export function differences (before: BackendSpec, after: BackendSpec): string {
  const was = describe(before)
  const changes = Object.entries(describe(after)).flatMap(([what, now]) => now === was[what] ? [] : [`${what} ${was[what]} > ${now}`])
  return changes.join(', ')
}

function describe ({ name, weight, zone, isBackup = false, healthCheck = {} }: BackendSpec): Record<string, string> {
  return { name, weight: String(weight), zone: zone ?? 'none', backup: String(isBackup), 'health check': JSON.stringify(healthCheck) }
}
