import type { Backend } from '../backends/backend.ts'
import type { Clock } from '../base/clock.ts'
import { ConnectionPool } from './connection-pool.ts'
import type { UpstreamConnection } from './connection.ts'
import type { TlsSettings } from './dial.ts'
import type { Guard } from './guard.ts'
import type { Names } from './names.ts'

/** How the backends of a service are connected to. */
export interface ConnectionSettings {
  readonly connectTimeoutMs: number
  /** How long an idle connection is kept. */
  readonly keepAliveMs: number
  readonly tls?: TlsSettings
}

export interface ConnectionPoolsOptions {
  readonly clock: Clock
  readonly names: Names
  /** For backends whose address is not the operator's word. */
  readonly guardFor: (backend: Backend) => Guard | undefined
  /** The same object until it is changed. */
  readonly settingsFor: (backend: Backend) => ConnectionSettings
}

interface OpenPool {
  readonly pool: ConnectionPool
  /** What it was made from: another object when something of it changes. */
  readonly settings: ConnectionSettings
}

/** The connections to all backends that were asked. */
export class ConnectionPools {
  readonly #options: ConnectionPoolsOptions
  readonly #pools = new Map<Backend, OpenPool>()

  constructor (options: ConnectionPoolsOptions) {
    this.#options = options
  }

  /** A connection to this backend; `isFresh`: one that no request has used yet. */
  take (backend: Backend, isFresh: boolean): UpstreamConnection {
    const known = this.#pools.get(backend)
    const pool = known !== undefined && known.settings === this.#options.settingsFor(backend) ? known.pool : this.#open(backend)
    return isFresh ? pool.takeFresh() : pool.take()
  }

  /** Open connections to this backend. */
  countTo (backend: Backend): number {
    return this.#pools.get(backend)?.pool.openCount ?? 0
  }

  /** The backend has left: nobody will ask it again. */
  forget (backend: Backend): void {
    this.#pools.get(backend)?.pool.retire()
    this.#pools.delete(backend)
  }

  /** Ends all connections at once. */
  close (): void {
    for (const { pool } of this.#pools.values()) pool.close()
  }

  #open (backend: Backend): ConnectionPool {
    const { clock, names: { lookup, watch: watchName }, guardFor, settingsFor } = this.#options
    this.forget(backend)
    const settings = settingsFor(backend)
    const pool = new ConnectionPool(backend.url, { clock, lookup, watchName, ...settings, guard: guardFor(backend) })
    this.#pools.set(backend, { pool, settings })
    return pool
  }
}
