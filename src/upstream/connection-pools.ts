import type { LookupFunction } from 'node:net'
import type { Backend } from '../backends/backend.ts'
import type { Clock } from '../base/clock.ts'
import { ConnectionPool } from './connection-pool.ts'
import type { UpstreamConnection } from './connection.ts'
import type { Guard } from './guard.ts'

export interface ConnectionPoolsOptions {
  readonly clock: Clock
  readonly lookup: LookupFunction
  /** For backends whose address is not the operator's word. */
  readonly guardFor: (backend: Backend) => Guard | undefined
  readonly connectTimeoutMs: number
  /** How long an idle connection is kept. */
  readonly keepAliveMs: number
}

/** The connections to all backends that were asked. */
export class ConnectionPools {
  readonly #options: ConnectionPoolsOptions
  readonly #pools = new Map<Backend, ConnectionPool>()

  constructor (options: ConnectionPoolsOptions) {
    this.#options = options
  }

  /** A connection to this backend; `isFresh`: one that no request has used yet. */
  take (backend: Backend, isFresh: boolean): UpstreamConnection {
    const pool = this.#pools.get(backend) ?? this.#open(backend)
    return isFresh ? pool.takeFresh() : pool.take()
  }

  /** Open connections to this backend. */
  countTo (backend: Backend): number {
    return this.#pools.get(backend)?.openCount ?? 0
  }

  /** The backend has left: nobody will ask it again. */
  forget (backend: Backend): void {
    this.#pools.get(backend)?.retire()
    this.#pools.delete(backend)
  }

  /** Ends all connections at once. */
  close (): void {
    for (const pool of this.#pools.values()) pool.close()
  }

  #open (backend: Backend): ConnectionPool {
    const { clock, lookup, guardFor, connectTimeoutMs, keepAliveMs } = this.#options
    const pool = new ConnectionPool(backend.url, { clock, lookup, connectTimeoutMs, keepAliveMs, guard: guardFor(backend) })
    this.#pools.set(backend, pool)
    return pool
  }
}
