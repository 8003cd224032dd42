import type { Readable } from 'node:stream'
import type { RequestHead } from '../http/heads.ts'
import type { ClientResponseOptions } from './client-response.ts'

export interface ExchangeOptions extends ClientResponseOptions {
  /** The request as hooks have left it. */
  readonly head: RequestHead
  /** What a hook wants sent in place of the client's body. */
  readonly body: Readable | undefined
}
