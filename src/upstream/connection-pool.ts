import type { Clock } from '../base/clock.ts'
import { UpstreamConnection, type ConnectionOptions, type ConnectionOwner } from './connection.ts'
import { addressOf, type DialOptions } from './dial.ts'

export interface PoolOptions extends DialOptions {
  readonly clock: Clock
  readonly connectTimeoutMs: number
  readonly keepAliveMs: number
}

/** The connections to one backend. The one that was used last is used first, so that those not needed grow old and go. */
export class ConnectionPool implements ConnectionOwner {
  readonly #options: ConnectionOptions
  readonly #idle: UpstreamConnection[] = []
  readonly #open = new Set<UpstreamConnection>()
  #isRetired = false

  constructor (url: URL, options: PoolOptions) {
    this.#options = { ...options, address: addressOf(url), owner: this }
  }

  /** An idle connection, or one that is just being made. */
  take (): UpstreamConnection {
    return this.#idle.pop() ?? this.takeFresh()
  }

  /** One that no request has used yet. */
  takeFresh (): UpstreamConnection {
    const connection = new UpstreamConnection(this.#options)
    this.#open.add(connection)
    return connection
  }

  get openCount (): number {
    return this.#open.size
  }

  /** Ends the idle connections now, and those in use when they become idle. */
  retire (): void {
    this.#isRetired = true
    for (const connection of [...this.#idle]) connection.destroy()
  }

  /** Ends all connections, those in use as well. */
  close (): void {
    for (const connection of this.#open) connection.destroy()
  }

  onIdle (connection: UpstreamConnection): void {
    if (this.#isRetired) connection.destroy()
    else this.#idle.push(connection)
  }

  onClosed (connection: UpstreamConnection): void {
    this.#open.delete(connection)
    const index = this.#idle.lastIndexOf(connection)
    if (index !== -1) this.#idle.splice(index, 1)
  }
}
