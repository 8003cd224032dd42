import type { Clock } from '../base/clock.ts'
import type { ConnectionOptions, ConnectionOwner } from './connection-options.ts'
import { UpstreamConnection } from './connection.ts'
import { addressOf, type DialOptions } from './dial.ts'
import { watchMoves, type IsOutdated } from './moves.ts'
import type { Names } from './names.ts'

export interface PoolOptions extends DialOptions {
  readonly clock: Clock
  readonly connectTimeoutMs: number
  readonly keepAliveMs: number
  /** Tells when the name of the backend stands for other addresses. Without it, connections stay where they are. */
  readonly watchName?: Names['watch']
}

/** The connections to one backend. The one that was used last is used first, so that those not needed grow old and go. */
export class ConnectionPool implements ConnectionOwner<UpstreamConnection> {
  readonly #options: ConnectionOptions<UpstreamConnection>
  readonly #idle: UpstreamConnection[] = []
  readonly #open = new Set<UpstreamConnection>()
  /** Those in use that lead to an address that the backend does not have any more. */
  readonly #outdated = new Set<UpstreamConnection>()
  readonly #endWatch: (() => void) | undefined
  #isRetired = false

  constructor (url: URL, options: PoolOptions) {
    const address = addressOf(url)
    this.#options = { ...options, address, owner: this }
    this.#endWatch = watchMoves(address, options.watchName, (isOutdated) => { this.#onMoved(isOutdated) })
  }

  /** An idle connection, or one that is just being made. */
  take (): UpstreamConnection {
    return this.#idle.pop() ?? this.takeFresh()
  }

  /** One that no request has used yet; with a `header`, it begins with that. */
  takeFresh (header?: Buffer): UpstreamConnection {
    const connection = new UpstreamConnection(header === undefined ? this.#options : { ...this.#options, header })
    this.#open.add(connection)
    return connection
  }

  get openCount (): number {
    return this.#open.size
  }

  /** Ends the idle connections now, and those in use when they become idle. */
  retire (): void {
    this.#isRetired = true
    this.#endWatch?.()
    for (const connection of [...this.#idle]) connection.destroy()
  }

  /** Ends all connections, those in use as well. */
  close (): void {
    this.#endWatch?.()
    for (const connection of this.#open) connection.destroy()
  }

  onIdle (connection: UpstreamConnection): void {
    if (this.#isRetired || this.#outdated.has(connection)) connection.destroy()
    else this.#idle.push(connection)
  }

  onClosed (connection: UpstreamConnection): void {
    this.#open.delete(connection)
    this.#outdated.delete(connection)
    const index = this.#idle.lastIndexOf(connection)
    if (index !== -1) this.#idle.splice(index, 1)
  }

  #onMoved (isOutdated: IsOutdated): void {
    this.#outdated.clear()
    for (const connection of this.#open) {
      if (isOutdated(connection.remoteAddress)) this.#outdated.add(connection)
    }
    for (const connection of this.#idle.filter((each) => this.#outdated.has(each))) connection.destroy()
  }
}
