import type { ResponseHead } from '../../http/heads.ts'
import type { BodyLength, ClientConnection, ClientExchange, ClientExchangeListener, ClientTunnel, ResetReason } from '../client-exchange.ts'
import type { RequestHead } from '../../http/heads.ts'

const nobody: ClientExchangeListener = {
  onBody () {},
  onBodyEnd () {},
  onBodyError () {},
  onDrain () {},
  onEnd () {},
  onThrown () {}
}

/**
 * An exchange whose body is read by its owner, who forwards something else in its place, and which is answered by the gateway.
 * Whoever listens to the exchange itself passes on what is not about the body.
 */
export class SharedExchange implements ClientExchange {
  listener: ClientExchangeListener = nobody
  readonly #exchange: ClientExchange

  constructor (exchange: ClientExchange) {
    this.#exchange = exchange
  }

  get connection (): ClientConnection { return this.#exchange.connection }
  get head (): RequestHead { return this.#exchange.head }
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

  /** The owner's to say. */
  readBody (): void {}
  holdBody (): void {}

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
