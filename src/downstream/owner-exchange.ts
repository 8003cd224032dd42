import type { Socket } from 'node:net'
import type { ClientExchange } from './client-exchange.ts'

/** An exchange of a codec whose connections owners may see. */
export interface OwnerExchange extends ClientExchange {
  /** The client's connection, which the codec goes on to read and write. */
  readonly socket: Socket
  /** Takes the connection out of the protocol. The exchange ends with it. */
  detach (): DetachedConnection
}

export interface DetachedConnection {
  readonly socket: Socket
  /** What came after the head of the request. */
  readonly head: Buffer
}
