import type { Socket } from 'node:net'
import type { ClientExchange } from '../client-exchange.ts'

/** An exchange of a codec whose connections owners may see. */
export interface OwnerExchange extends ClientExchange {
  /** The client's connection, which the codec goes on to read and write. */
  readonly socket: Socket
  /** Takes the connection out of the protocol: the codec forgets it, and the exchange is over for its listener and its watcher. */
  detach (): DetachedConnection
}

export interface DetachedConnection {
  /** Paused, without listeners of the codec's. */
  readonly socket: Socket
  /** What came after the request's head. */
  readonly early: Buffer
}
