import type { OwnerExchange } from '../owner-exchange.ts'

/** What a response needs of its exchange. */
export interface ResponseSide {
  readonly exchange: OwnerExchange
  /** The gateway answers, not the owner. */
  readonly isHandedOver: boolean
  /** The response is whole. */
  finish (trailers: string): void
  cut (): void
  setTimeout (timeoutMs: number): void
}
