import type { Backend } from '../backends/backend.ts'

/** What a service goes by to choose a backend for a request. */
export interface RoutingFacts {
  /** For strategies that want one, and '' for others. */
  readonly key: string
  /** The backend that a cookie names. */
  readonly sticky: Backend | undefined
}
