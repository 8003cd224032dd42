import type { Clock } from '../base/clock.ts'
import type { Trust } from '../downstream/trust.ts'
import type { ConnectionPools } from '../upstream/connection-pools.ts'
import type { ExchangeRecord } from './exchange-record.ts'
import type { OpenExchanges } from './open-exchanges.ts'

/** What names a request at which the gateway itself has failed. */
export interface NamedRequest {
  readonly method: string
  readonly requestId: string
}

/** What all exchanges of the process share, whichever service they go to. */
export interface ProcessContext {
  readonly clock: Clock
  /** A number from 0 up to 1. */
  readonly random: () => number
  readonly trust: Trust
  /** A name for this process in `Via`, by which it knows its own requests when they come back. */
  readonly pseudonym: string
  /** Names a request; `said` is what a peer that is trusted calls it. */
  readonly nameRequest: (said: unknown) => string
  readonly pools: ConnectionPools
  readonly open: OpenExchanges
  /** The gateway itself has failed at this request, which ends with that. */
  readonly onThrown: (error: unknown, request: NamedRequest) => void
  /** Called once for each request that was forwarded, when its client has its answer or has left. */
  readonly onRecord: (record: ExchangeRecord) => void
}
