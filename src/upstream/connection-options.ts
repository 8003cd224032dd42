import type { Clock } from '../base/clock.ts'
import type { Address, DialOptions } from './dial.ts'

/** Where a connection goes when it is free again. */
export interface ConnectionOwner<Connection> {
  onIdle (connection: Connection): void
  onClosed (connection: Connection): void
}

export interface ConnectionOptions<Connection> extends DialOptions {
  readonly address: Address
  readonly owner: ConnectionOwner<Connection>
  readonly clock: Clock
  readonly connectTimeoutMs: number
  /** How long it may stay idle; a backend's `Keep-Alive: timeout` lowers this. */
  readonly keepAliveMs: number
}
