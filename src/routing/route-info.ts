import type { MatchView } from '../http/match-view.ts'

/** What becomes of the requests of a route. */
export type Destination =
  | { readonly type: 'service', readonly service: string }
  /** Weights by the names of services. */
  | { readonly type: 'split', readonly weights: Readonly<Record<string, number>> }
  /** `https`, or the url that the path is added to. */
  | { readonly type: 'redirect', readonly to: string }

/** Where a route comes from: there is no other, it stands in the configuration file, or backends announce it. */
export type RouteSource = 'implicit' | 'file' | 'registered'

/** A route as operators see it: a plain value. */
export interface RouteInfo {
  /** By its match: the same after a reload or a restart. */
  readonly id: string
  /** As it is named in the configuration file. */
  readonly name: string | undefined
  readonly match: MatchView
  readonly destination: Destination
  readonly source: RouteSource
  /** Where it is said: `evenkeel.yaml:14`, or the names of the backends that announce it. */
  readonly origin: string
}

/** The one route where there is neither a configuration file nor an announced route. */
export const implicitRoute: RouteInfo = {
  id: 'default',
  name: undefined,
  match: { hosts: [], path: '/', isExact: false, methods: [], headers: {}, cookies: {} },
  destination: { type: 'service', service: 'default' },
  source: 'implicit',
  origin: ''
}
