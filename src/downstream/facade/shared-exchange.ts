import type { RequestHead, ResponseHead } from '../../http/heads.ts'
import {
  nobody, type BodyLength, type ClientConnection, type ClientExchange, type ClientExchangeListener, type ClientTunnel, type ResetReason
} from '../client-exchange.ts'

/**
 * What the gateway gets in place of an exchange that an owner has had a hand in: with another head, or without the body, which the
 * owner reads, to forward something else. Whoever listens to the exchange itself passes on then what is not about the body.
 */
export class SharedExchange implements ClientExchange {
  readonly head: RequestHead
  readonly #exchange: ClientExchange
  readonly #isBodyTaken: boolean
  #listener = nobody

  constructor (exchange: ClientExchange, head: RequestHead, isBodyTaken: boolean) {
    this.head = head
    this.#exchange = exchange
    this.#isBodyTaken = isBodyTaken
  }

  get listener (): ClientExchangeListener { return this.#listener }

  set listener (listener: ClientExchangeListener) {
    this.#listener = listener
    if (!this.#isBodyTaken) this.#exchange.listener = listener
  }

  get connection (): ClientConnection { return this.#exchange.connection }
  get body (): ClientExchange['body'] { return this.#exchange.body }
  get contentLength (): number { return this.#exchange.contentLength }
  get upgrade (): string | undefined { return this.#exchange.upgrade }
  get awaitsContinue (): boolean { return this.#exchange.awaitsContinue }
  get hasBegun (): boolean { return this.#exchange.hasBegun }
  get statusCode (): number | undefined { return this.#exchange.statusCode }
  get isEnded (): boolean { return this.#exchange.isEnded }
  get unsentBytes (): number { return this.#exchange.unsentBytes }
  get isLast (): boolean { return this.#exchange.isLast }
  set isLast (isLast: boolean) { this.#exchange.isLast = isLast }

  readBody (): void { if (!this.#isBodyTaken) this.#exchange.readBody() }
  holdBody (): void { if (!this.#isBodyTaken) this.#exchange.holdBody() }
  discardBody (): void { this.#exchange.discardBody() }
  inform (head: ResponseHead): void { this.#exchange.inform(head) }

  begin (statusCode: number, reason: string, lines: string, length: BodyLength): void {
    this.#exchange.begin(statusCode, reason, lines, length)
  }

  write (bytes: Buffer): void { this.#exchange.write(bytes) }
  flush (): boolean { return this.#exchange.flush() }
  end (trailers: string): void { this.#exchange.end(trailers) }
  openTunnel (reason: string, lines: string): ClientTunnel { return this.#exchange.openTunnel(reason, lines) }
  reset (reason: ResetReason): void { this.#exchange.reset(reason) }
}
