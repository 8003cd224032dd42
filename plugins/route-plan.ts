import type { Path } from '../src/config/file/document.ts'
import type { RouteConfig } from '../src/config/file/schema.ts'
import { headerChanges, type HeadEdits } from '../src/forwarding/head-edits.ts'
import type { ForwardingLimits } from '../src/forwarding/route.ts'
import { parseHashKey, type HashKey } from '../src/routing/hash-key.ts'
import { readMatch } from '../src/routing/match.ts'
import type { PathEdit } from '../src/routing/path-edit.ts'
import type { Redirect } from '../src/routing/redirect.ts'
import { routeIdOf } from '../src/routing/route-id.ts'
import type { Destination, RouteInfo } from '../src/routing/route-info.ts'
import type { MatchView } from '../src/http/match-view.ts'

/** Collects what is wrong with a file. */
export type Note = (path: Path, message: string, what?: 'key' | 'value') => void

/** One route of the file, but for the services themselves, which it names. */
export interface RoutePlan {
  readonly info: RouteInfo
  readonly limits: ForwardingLimits
  /** For calls of gRPC. */
  readonly callLimits: ForwardingLimits
  /** Names of services and their weights; of a redirect none. */
  readonly weights: Readonly<Record<string, number>>
  readonly splitBy: HashKey | undefined
  readonly redirect: Redirect | undefined
  readonly isHttpsOnly: boolean
  readonly edits: HeadEdits | undefined
}

/** `originOf`: where the route of this index stands. */
export function planRoutes (
  routes: readonly RouteConfig[], limits: ForwardingLimits, originOf: (i: number) => string, note: Note
): RoutePlan[] {
  return routes.flatMap((route, i) => {
    const match = readMatch(route)
    if (!Array.isArray(match)) return [planRoute(route, match as MatchView, limits, originOf(i))]
    for (const { path, message } of match) note(['routes', i, ...path], message)
    return []
  })
}

function planRoute (route: RouteConfig, match: MatchView, limits: ForwardingLimits, origin: string): RoutePlan {
  const { name, service, split, splitBy, timeouts = {}, httpsOnly = false } = route
  const redirect = redirectOf(route)
  const own = {
    tunnelIdleMs: timeouts.tunnelIdleMs ?? limits.tunnelIdleMs,
    retries: route.retries ?? limits.retries,
    replayBytes: route.replayBytes ?? limits.replayBytes,
    maxBodyBytes: route.maxBodyBytes ?? limits.maxBodyBytes
  }
  const { responseMs, bodyIdleMs } = timeouts
  const info: RouteInfo = { id: routeIdOf(match), name, match, destination: destinationOf(route, redirect), source: 'file', origin }
  return {
    info,
    limits: { responseTimeoutMs: responseMs ?? limits.responseTimeoutMs, bodyIdleMs: bodyIdleMs ?? limits.bodyIdleMs, ...own },
    // A call of gRPC may be silent for long, unless the file says otherwise.
    callLimits: { responseTimeoutMs: responseMs ?? Infinity, bodyIdleMs: bodyIdleMs ?? Infinity, ...own },
    weights: service === undefined ? split ?? {} : { [service]: 1 },
    splitBy: splitBy === undefined ? undefined : parseHashKey(splitBy),
    redirect,
    isHttpsOnly: httpsOnly,
    edits: editsOf(route, match)
  }
}

function redirectOf ({ redirect }: RouteConfig): Redirect | undefined {
  if (redirect === undefined) return undefined
  return typeof redirect === 'string' ? { to: redirect, statusCode: 308 } : { to: redirect.to, statusCode: redirect.status ?? 308 }
}

function destinationOf ({ service, split }: RouteConfig, redirect: Redirect | undefined): Destination {
  if (redirect !== undefined) return { type: 'redirect', to: redirect.to }
  return split === undefined ? { type: 'service', service: service ?? '' } : { type: 'split', weights: split }
}

/** Undefined where the route changes nothing, as most do. */
function editsOf (route: RouteConfig, match: MatchView): HeadEdits | undefined {
  const { stripPrefix = false, replacePrefix, hostHeader = 'keep', requestHeaders, responseHeaders } = route
  const path = pathEdit(match.path, stripPrefix ? '/' : replacePrefix)
  const host = hostHeader === 'keep' ? undefined : hostEdit(hostHeader)
  const request = headerChanges(requestHeaders?.set, requestHeaders?.remove)
  const response = headerChanges(responseHeaders?.set, responseHeaders?.remove)
  return [path, host, request, response].every((each) => each === undefined) ? undefined : { path, host, request, response }
}

function hostEdit (hostHeader: string): NonNullable<HeadEdits['host']> {
  return hostHeader === 'backend' ? { type: 'backend' } : { type: 'name', name: hostHeader }
}

export function pathEdit (prefix: string, replacement: string | undefined): PathEdit | undefined {
  return replacement === undefined ? undefined : { prefix, replacement }
}
