import { createHash } from 'node:crypto'
import { hostOf, urlHost } from '../base/addresses.ts'
import { PeakEwma } from './peak-ewma.ts'
import type { Health } from './health.ts'
import { PassiveHealth } from '../services/passive-health.ts'
import type { StatusRange } from '../config/status-range.ts'

/** Where the health check of one backend differs from that of the others. */
export interface HealthCheckSpec {
  /** `tcp`: it is enough that a connection is accepted. */
  readonly type?: 'http' | 'tcp'
  readonly path?: string
  readonly port?: number
  readonly host?: string
  readonly status?: StatusRange
}

/** What an owner says of a backend. */
export interface BackendSpec {
  readonly url: URL
  /** Unique among the backends; by default the host and port of its url. */
  readonly name: string
  /** Share of the traffic relative to the others, 1 to 1000. */
  readonly weight: number
  /** Where it stands, in the words of `ZONE`. */
  readonly zone?: string
  /** Used only while no other backend can be. */
  readonly isBackup?: boolean
  readonly healthCheck?: HealthCheckSpec
}

/** What an operator wants of a backend, whatever was observed of it. Draining: no new requests, open ones go on. */
export type DesiredState = 'ready' | 'draining' | 'maintenance'

export type Source = 'configured' | 'registered'

/** How long a backend that registered itself stays. */
export interface Lease {
  readonly ttlMs: number
  /** Wall-clock time, ms since the epoch. */
  readonly expiresAt: number
}

/** The one word for a backend's condition that logs, events and the API use. */
export type BackendState = Health['state'] | 'ejected' | 'probing' | 'draining' | 'drained' | 'maintenance'

export interface LastCheck {
  readonly passed: boolean
  /** What happened, in words for an operator: `200`, `connection refused`, `no response within 1000 ms`. */
  readonly detail: string
  readonly durationMs: number
  /** Wall-clock time at which the check ended, ms since the epoch. */
  readonly at: number
}

const stallMs = 500

/** One server that requests can go to. Only the registry changes it. */
export class Backend {
  readonly id: string
  readonly url: URL
  /** The url as people write it. */
  readonly address: string
  /** Whether it stands in the settings, or registered itself. */
  readonly source: Source
  name: string
  weight: number
  zone: string | undefined
  isBackup: boolean
  healthCheck: HealthCheckSpec
  /** The weight that counts now: less than `weight` during a slow start. */
  effectiveWeight: number
  desiredState: DesiredState = 'ready'
  readonly passive = new PassiveHealth()
  /** Time to the first byte of responses. */
  readonly latency = new PeakEwma()
  /** Until when it stays without a sign of life; undefined: until it is removed. */
  lease: Lease | undefined
  /** Processes that serve it together and have registered; 0 where none of them has, as it may be for one from BACKENDS. */
  holders = 0
  /** When its slow start began, monotonic ms; undefined when it is over. */
  slowStartAt: number | undefined
  health: Health = { state: 'unchecked' }
  /** When it came into its state, wall-clock ms, and what led to it, in words. */
  entered = { at: 0, why: '' }
  /** When checks last took it for unhealthy, monotonic ms. */
  downSince = 0
  lastCheck: LastCheck | undefined
  /** How many there were. */
  readonly checkCounts = { passed: 0, failed: 0 }
  /** Attempts that are not settled yet. */
  inFlight = 0

  /** Attempts without an answer yet. */
  unanswered = 0
  /** When it last began to answer a request or, where none was unanswered, got one; monotonic ms. */
  heardAt = 0

  constructor (spec: BackendSpec, source: Source = 'configured') {
    this.url = spec.url
    this.source = source
    this.address = addressText(spec.url)
    this.id = idOf(spec.url)
    this.name = spec.name
    this.weight = spec.weight
    this.effectiveWeight = spec.weight
    this.zone = spec.zone
    this.isBackup = spec.isBackup ?? false
    this.healthCheck = { ...spec.healthCheck }
  }

  /** Requests wait for its answer, and it has answered none for some time: it may hang, or be slow by nature. */
  isStalled (nowMs: number): boolean {
    return this.unanswered > 0 && nowMs - this.heardAt >= stallMs
  }

  /** It is healthy, by its checks and by its traffic, whatever an operator wants of it. */
  get isUp (): boolean {
    return this.health.state === 'healthy' && this.passive.ejection.state === 'none'
  }

  get state (): BackendState {
    if (this.desiredState === 'maintenance') return 'maintenance'
    if (this.desiredState === 'draining') return this.inFlight === 0 ? 'drained' : 'draining'
    const { ejection } = this.passive
    return this.health.state === 'healthy' && ejection.state !== 'none' ? ejection.state : this.health.state
  }
}

/** Stable over restarts and gateways, since it is derived from the url. */
export function idOf (url: URL): string {
  return createHash('sha256').update(addressText(url)).digest('hex').slice(0, 12)
}

/** Reads the url of a backend; returns what is wrong with it, as a phrase, when it cannot be one. */
export function parseBackendUrl (text: string): URL | string {
  if (!URL.canParse(text)) return 'expected a url such as http://10.0.0.1:3000'
  const url = new URL(text)
  if (url.protocol === 'unix:') return url.pathname.startsWith('/') && url.pathname.length > 1 ? url : 'expected the absolute path of a socket, such as unix:/run/app.sock'
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return `"${url.protocol}" is not supported; expected http:, https: or unix:`
  if (url.hostname === '') return 'expected a host'
  if (url.username !== '' || url.password !== '') return 'credentials in the url of a backend are not supported; remove them'
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') return 'the url of a backend must end after the port; request paths are passed through unchanged'
  if (url.port === '0') return 'port 0 cannot be connected to'
  // Two notations of one address are one backend.
  url.hostname = urlHost(hostOf(url))
  return url
}

/** What a backend is known by: the origin of its url, or the path of its socket. */
export function addressText (url: URL): string {
  return url.protocol === 'unix:' ? `unix:${url.pathname}` : url.origin
}
