import type { Backend } from '../backends/backend.ts'

/** The ids of the backends that serve a route, where not all of its service do. */
export type Audience = ReadonlySet<string>

/** What a service goes by to choose a backend for a request. */
export interface RoutingFacts {
  /** For strategies that want one, and '' for others. */
  readonly key: string
  /** The backend that a cookie names. */
  readonly sticky: Backend | undefined
  /** Undefined: all of the service. */
  readonly audience?: Audience | undefined
}
