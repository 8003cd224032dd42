import { increment } from '../base/counts.ts'

/** Why a request never became an exchange. */
export type RefusalReason =
  | 'malformed'
  | 'tls-hello'
  | 'http2-preface'
  | 'proxy-header'
  | 'timeout'
  | 'flood'
  | 'headers-too-large'
  | 'method-not-allowed'
  | 'expectation-failed'
  | 'pipeline-too-long'
  | 'too-many-connections'

export interface Refusal {
  readonly reason: RefusalReason
  /** What its client is told; undefined when its connection is cut. */
  readonly statusCode: number | undefined
  /** The parser's word for what is wrong, such as `invalid-request-line`. */
  readonly code?: string | undefined
  /** The address at the other end of the connection: what its head says of others is not believed. */
  readonly client: string
}

/** Every request that is refused before hooks and backends see it is reported here, once. */
export class Refusals {
  readonly counts = new Map<RefusalReason, number>()
  /** Told of each request; not of connections, which nothing is known of. */
  readonly listeners = new Set<(refusal: Refusal) => void>()

  report (refusal: Refusal): void {
    this.#count(refusal.reason)
    for (const listener of this.listeners) listener(refusal)
  }

  /** A connection was closed as soon as it came. */
  onDroppedConnection (): void {
    this.#count('too-many-connections')
  }

  #count (reason: RefusalReason): void {
    increment(this.counts, reason)
  }
}
