import type { Socket } from 'node:net'
import type { Clock } from '../base/clock.ts'
import type { Http2Settings } from './http2/limits.ts'
import type { OwnerExchange } from './owner-exchange.ts'
import type { Refusals } from './refusals.ts'
import type { Trust } from './trust.ts'

/** What all connections of a listener have in common. */
export interface ConnectionHost {
  readonly clock: Clock
  readonly trust: Trust
  readonly refusals: Refusals
  readonly headerTimeoutMs: number
  /** 0: an idle connection is kept until its client ends it. */
  readonly keepAliveTimeoutMs: number
  readonly keepAliveLines: string
  /** How long a client may pause in a body that is only read to be dropped. */
  readonly bodyIdleTimeoutMs: number
  readonly abortOnClientEnd: boolean
  readonly isDraining: boolean
  /** The line that has browsers come by TLS only, with its end; empty: none. */
  readonly hstsLine: string
  readonly speaksHttp2: boolean
  readonly http2: Http2Settings
  /** Nobody but the gateway itself takes connections that ask for another protocol. */
  readonly forwardsUpgrades: boolean
  onExchange (exchange: OwnerExchange): void
  /** Speaks HTTP/2 on a connection whose last bytes, not dealt with yet, are `early`. */
  serveHttp2 (socket: Socket, transport: Socket, early: readonly Buffer[]): void
  /** Something of the gateway's own threw, where no exchange's listener answers for it. */
  onThrown (error: unknown): void
}
