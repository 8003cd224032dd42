import type { FastifyError } from '@fastify/error'
import type { Backend } from '../backends/backend.ts'
import type { Fields } from '../http/fields.ts'
import type { RequestHead } from '../http/heads.ts'
import type { Attempt } from '../services/attempt.ts'
import type { Explanation } from '../services/explanation.ts'
import type { QueuedRequest } from '../services/queue.ts'

/** How long things may take, in ms, and how large they may be, in bytes, for the requests of one service. */
export interface ServiceLimits {
  /** From the end of the request to the head of the response. */
  readonly responseTimeoutMs: number
  /** Between two pieces of a body, in either direction. */
  readonly bodyIdleMs: number
  readonly tunnelIdleMs: number
  /** Retries of one request at most, without the free one. */
  readonly retries: number
  /** How much of a request's body is kept for a retry. */
  readonly replayBytes: number
  /** 0: no limit. */
  readonly maxBodyBytes: number
}

/** All that forwarding sees of the service that a request goes to. */
export interface ServiceAccess {
  readonly limits: ServiceLimits
  /** Requests that wait for a backend. */
  readonly queued: number

  /** What the balancer may go by; empty when it asks for nothing. */
  keyOf (head: RequestHead, clientAddress: string): string
  /** The backend that the client was with before, by its cookie, if it is still there. */
  stickyBackend (fields: Fields): Backend | undefined
  /** Clients are kept with the backend that has answered them, by a cookie. */
  readonly isSticky: boolean
  /** The value of the `Set-Cookie` for that. */
  cookieFor (backend: Backend, isSecure: boolean): string
  /** Explains the choice to a client that has asked for it and may. */
  explainTo (fields: Fields, clientAddress: string, key: string, sticky: Backend | undefined): string | undefined
  /** Where such a request would go now, and why. */
  explain (head: RequestHead, clientAddress: string): Explanation

  /** An attempt for a request that is not queued, unless others that wait for the same backends come first. */
  acquire (request: QueuedRequest): Attempt | undefined
  /** Returns the function that leaves the queue; undefined when it is full, or there is nothing to wait for. */
  enqueue (request: QueuedRequest): (() => void) | undefined
  /** An attempt with the backend that the client was with, or with the balancer's choice among those that it has not tried. */
  choose (tried: readonly Backend[], key: string, sticky: Backend | undefined): Attempt | undefined
  /** Whether no more than one backend is in rotation. */
  readonly hasNoOther: boolean
  /** The error for a request that found no backend. */
  unavailable (): FastifyError

  /** Counts a request, for the budget of retries. */
  onRequest (nowMs: number): void
  /** Whether one more retry is within the budget; if so, it is counted. */
  spendRetry (nowMs: number): boolean
}
