import type { Clock } from '../../base/clock.ts'
import type { Refusals } from '../refusals.ts'
import type { Trust } from '../trust.ts'
import type { Http1Exchange } from './exchange.ts'

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
  onExchange (exchange: Http1Exchange): void
  /** Something of the gateway's own threw, where no exchange's listener answers for it. */
  onThrown (error: unknown): void
}
