import type { Backend } from '../backends/backend.ts'
import type { Clock } from '../base/clock.ts'
import type { ProxyVersion } from '../base/protocols.ts'
import type { StatedEnds } from '../proxy-protocol/ends.ts'
import { writeHeader } from '../proxy-protocol/writer.ts'
import type { PooledStream } from './backend-stream.ts'
import { ConnectionPool } from './connection-pool.ts'
import type { TlsSettings } from './dial.ts'
import { speaksHttp2 } from '../backends/protocol.ts'
import { Http2Pool } from './http2/pool.ts'
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

/** On whose behalf a backend is asked. */
export interface ConnectedClient {
  readonly ends: StatedEnds | undefined
}

interface OpenPool {
  /** By HTTP/1.1; to a backend that speaks HTTP/2, for what needs a connection of its own, such as a WebSocket. */
  readonly pool: ConnectionPool
  readonly http2: Http2Pool | undefined
  /** Each connection tells the backend of the one client whose request it carries, and carries no other. */
  readonly sendProxy: ProxyVersion | undefined
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

  /** A stream to this backend. `isFresh`: over a connection that no request has used yet; `isUpgrade`: which is all its own. */
  take (backend: Backend, isFresh: boolean, isUpgrade: boolean, client: ConnectedClient): PooledStream {
    const known = this.#pools.get(backend)
    const isSame = known?.settings === this.#options.settingsFor(backend) && speaksHttp2(backend) === (known.http2 !== undefined) &&
      known.sendProxy === backend.spec.sendProxy
    const { pool, http2, sendProxy } = isSame ? known : this.#open(backend)
    if (http2 !== undefined && !isUpgrade) return http2.take()
    if (sendProxy !== undefined) return pool.takeFresh(writeHeader(sendProxy, client.ends))
    return isFresh || isUpgrade ? pool.takeFresh() : pool.take()
  }

  /** Open connections to this backend. */
  countTo (backend: Backend): number {
    const known = this.#pools.get(backend)
    return (known?.pool.openCount ?? 0) + (known?.http2?.openCount ?? 0)
  }

  /** The backend has left: nobody will ask it again. */
  forget (backend: Backend): void {
    this.#pools.get(backend)?.pool.retire()
    this.#pools.get(backend)?.http2?.retire()
    this.#pools.delete(backend)
  }

  /** Ends all connections at once. */
  close (): void {
    for (const { pool, http2 } of this.#pools.values()) {
      pool.close()
      http2?.close()
    }
  }

  #open (backend: Backend): OpenPool {
    const { clock, names: { lookup, watch: watchName }, guardFor, settingsFor } = this.#options
    this.forget(backend)
    const settings = settingsFor(backend)
    const { sendProxy } = backend.spec
    const options = { clock, lookup, watchName, ...settings, guard: guardFor(backend) }
    const http2 = speaksHttp2(backend) ? new Http2Pool(backend.url, options) : undefined
    const pool = new ConnectionPool(backend.url, sendProxy === undefined ? options : { ...options, keepAliveMs: 0 })
    const opened = { pool, http2, sendProxy, settings }
    this.#pools.set(backend, opened)
    return opened
  }
}
