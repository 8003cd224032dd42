import type { ProxyVersion } from '../base/protocols.ts'
import type { MatchView } from '../http/match-view.ts'
import type { StatusRange } from '../http/status-range.ts'

/** Where the health check of one backend differs from that of the others. */
export interface HealthCheckSpec {
  /** `tcp`: it is enough that a connection is accepted. `grpc`: by grpc.health.v1. */
  readonly type?: 'http' | 'tcp' | 'grpc'
  /** The service that a check by gRPC asks for; by default the whole server. */
  readonly service?: string
  readonly path?: string
  readonly port?: number
  readonly host?: string
  readonly status?: StatusRange
}

/** A route that a backend announces. It leads to the backends of its service that announce it. */
export interface AnnouncedRoute {
  readonly match: MatchView
  /** What takes the place of the path of the match; `/` strips it. Missing: the path is forwarded as it came. */
  readonly replacePrefix?: string
}

/** What was said of a backend, by its owner or by itself: a plain value, like `DesiredState` and `Health`. */
export interface BackendSpec {
  /** As `addressText` writes it: an origin, or `unix:` and a path. */
  readonly url: string
  /** Unique among the backends of its service; by default the host and port of its url. */
  readonly name: string
  /** What is spoken over its url, where that does not say so itself: HTTP/2 over TLS, or over a socket of the system. */
  readonly protocol?: 'h2' | undefined
  /** Each connection to it begins with a header of the PROXY protocol, of this version, which tells it who the client is. */
  readonly sendProxy?: ProxyVersion | undefined
  /** Traffic relative to the others, 1 to 1000. */
  readonly weight: number
  /** Where it stands, in the words of `ZONE`. */
  readonly zone?: string
  /** Used only while no other backend can be. */
  readonly isBackup?: boolean
  readonly healthCheck?: HealthCheckSpec
  /** The routes that it announces, of which it may say anything but policies: those are the operator's. */
  readonly routes?: readonly AnnouncedRoute[]
}

/** What can be said anew of a backend that is there already. */
export type SpecChange = Partial<Omit<BackendSpec, 'url'>>

/** What an operator wants of a backend, whatever was observed of it. Draining: no new requests, open ones go on. */
export type DesiredState = 'ready' | 'draining' | 'maintenance'

/** How a backend came to be known: it stands in the settings or the configuration file, it registered itself, or DNS names it. */
export type Source = 'configured' | 'registered' | 'dns'

/** How two specs of one backend differ, in words; empty when they do not. */
export function differences (before: BackendSpec, after: BackendSpec): string {
  const was = describe(before)
  const changes = Object.entries(describe(after)).flatMap(([what, now]) => now === was[what] ? [] : [`${what} ${was[what]} > ${now}`])
  return changes.join(', ')
}

function describe (spec: BackendSpec): Record<string, string> {
  const { name, protocol, sendProxy, weight, zone, isBackup = false, healthCheck = {}, routes = [] } = spec
  return {
    name,
    protocol: protocol ?? 'by its url',
    'PROXY header': sendProxy ?? 'none',
    weight: String(weight),
    zone: zone ?? 'none',
    backup: String(isBackup),
    'health check': JSON.stringify(healthCheck),
    routes: routes.map(routeText).join(' + ') || 'none'
  }
}

/** Two routes have the same text only if they are the same. */
function routeText ({ match: { hosts, path, isExact, methods, headers, cookies }, replacePrefix }: AnnouncedRoute): string {
  const demands = [headers, cookies].some((each) => Object.keys(each).length > 0) ? ` ${JSON.stringify([headers, cookies])}` : ''
  const method = methods.length === 0 ? '' : `${methods.join('/')} `
  const edit = replacePrefix === undefined ? '' : ` as ${replacePrefix}`
  return `${method}${hosts.join('|')}${path}${isExact ? ' (exactly)' : ''}${demands}${edit}`
}
