import type { Backend } from '../backends/backend.ts'
import type { Outcome } from '../services/attempt.ts'
import type { RouteInfo } from '../routing/route-info.ts'
import type { Party } from '../upstream/failure.ts'
import type { FailureReason } from '../backends/failure-reason.ts'

/** What became of one attempt to have a request answered by one backend. */
export interface AttemptRecord {
  readonly backend: Backend
  /** Why it failed, and whose failure that is; both undefined for one that brought a response. */
  readonly reason: FailureReason | undefined
  readonly party: Party | undefined
  readonly durationMs: number
}

/** What became of one request that was forwarded, made when its client has its answer or has left. Times are monotonic, in ms. */
export interface ExchangeRecord {
  readonly requestId: string
  /** The name of the service that was to answer; undefined where the gateway refused the request before. */
  readonly service: string | undefined
  /** Undefined for a request that none matches, or that was refused before. */
  readonly route: RouteInfo | undefined
  readonly method: string
  /** As it is forwarded; undefined where the client named none. */
  readonly host: string | undefined
  /** With its query. */
  readonly path: string
  readonly version: '1.0' | '1.1' | '2'
  /** What the client was answered; undefined when it left before that. */
  readonly statusCode: number | undefined
  /** What a call of gRPC has ended with, the backend's or the gateway's own status; undefined for others, and where there was none. */
  readonly grpcStatus: number | undefined
  /** The address of the client, by TRUST_PROXY. */
  readonly client: string
  readonly startedAt: number
  /** When the head of the answer came from a backend; 0 when none has. */
  readonly headAt: number
  readonly endedAt: number
  readonly attempts: readonly AttemptRecord[]
  /** Undefined when there was no attempt, or the gateway itself has failed at it. */
  readonly outcome: Outcome | undefined
}
