import type { ConnectionOptions, ConnectionOwner } from '../connection-options.ts'
import type { PoolOptions } from '../connection-pool.ts'
import { addressOf } from '../dial.ts'
import { watchMoves, type IsOutdated } from '../moves.ts'
import { Http2Connection } from './connection.ts'
import { maxConnections } from './limits.ts'
import { Http2Stream } from './stream.ts'

/** The connections by HTTP/2 to one backend: one, until it is nearly full. */
export class Http2Pool implements ConnectionOwner<Http2Connection> {
  readonly #options: ConnectionOptions<Http2Connection>
  readonly #open = new Set<Http2Connection>()
  readonly #endWatch: (() => void) | undefined
  #isRetired = false

  constructor (url: URL, options: PoolOptions) {
    const address = addressOf(url)
    this.#options = { ...options, address, owner: this }
    this.#endWatch = watchMoves(address, options.watchName, (isOutdated) => { this.#onMoved(isOutdated) })
  }

  get openCount (): number {
    return this.#open.size
  }

  /** A stream of a connection that has room, or of a new one. */
  take (): Http2Stream {
    return this.#streamOf(this.#choose() ?? this.#connect())
  }

  /** One of a connection of its own; the others end when their streams are over. */
  takeFresh (): Http2Stream {
    this.#retireAll()
    return this.#streamOf(this.#connect())
  }

  /** Ends the connections when their streams are over. */
  retire (): void {
    this.#isRetired = true
    this.#endWatch?.()
    this.#retireAll()
  }

  /** Ends all connections, with their streams. */
  close (): void {
    this.#endWatch?.()
    for (const connection of [...this.#open]) connection.destroy()
  }

  onIdle (): void {}

  onClosed (connection: Http2Connection): void {
    this.#open.delete(connection)
  }

  /** The first one that is not nearly full; when there are as many as there may be, the emptiest that has room. */
  #choose (): Http2Connection | undefined {
    let emptiest: Http2Connection | undefined
    for (const connection of this.#open) {
      if (connection.room === 0) continue
      if (!connection.isNearlyFull) return connection
      if (emptiest === undefined || connection.streams < emptiest.streams) emptiest = connection
    }
    return this.#open.size < maxConnections ? undefined : emptiest
  }

  #connect (): Http2Connection {
    const connection = new Http2Connection(this.#options)
    this.#open.add(connection)
    return connection
  }

  #streamOf (connection: Http2Connection): Http2Stream {
    const stream = new Http2Stream(connection)
    connection.reserve(stream)
    if (this.#isRetired) connection.retire()
    return stream
  }

  #retireAll (): void {
    for (const connection of [...this.#open]) connection.retire()
  }

  #onMoved (isOutdated: IsOutdated): void {
    for (const connection of [...this.#open]) {
      if (isOutdated(connection.remoteAddress)) connection.retire()
    }
  }
}
