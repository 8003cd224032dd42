import { MessageError } from '../../http1/message-error.ts'
import type { RequestParser } from '../../http1/request-parser.ts'
import type { Http1Exchange } from './exchange.ts'
import type { Incoming } from './incoming.ts'

/** Reads the bodies of the requests on one connection, as far as they are wanted. */
export class BodyReader {
  readonly #parser: RequestParser
  readonly #incoming: Incoming
  #exchange: Http1Exchange | undefined
  #isReading = false
  /** It is read only to be dropped. */
  isDropping = false
  /** It is none, or was not read to its end in time: nothing that follows can be trusted to be a request. */
  isBroken = false

  constructor (parser: RequestParser, incoming: Incoming) {
    this.#parser = parser
    this.#incoming = incoming
  }

  begin (exchange: Http1Exchange): void {
    this.#exchange = exchange
    this.#isReading = false
    this.isDropping = false
    this.#incoming.isHeld = false
  }

  read (): void {
    this.#isReading = true
    this.#incoming.isHeld = false
  }

  hold (): void {
    if (this.#parser.isComplete) return
    this.#isReading = false
    this.#incoming.hold()
  }

  drop (): void {
    this.isDropping = true
    this.read()
  }

  /** Reads up to the end of the next piece. Returns false when there is nothing to read, or nothing is wanted. */
  step (): boolean {
    const parser = this.#parser
    const incoming = this.#incoming
    if (!this.#isReading || this.isBroken || parser.isComplete || incoming.isEmpty) return false
    const exchange = this.#exchange as Http1Exchange
    try {
      incoming.moveTo(parser.readBody(incoming.bytes, incoming.at, this.#onPiece))
    } catch (error) {
      if (!(error instanceof MessageError)) throw error
      this.isBroken = true
      incoming.drop()
      if (!this.isDropping) exchange.deliverBodyError(error)
      return false
    }
    if (parser.isComplete && !this.isDropping) exchange.deliverBodyEnd(parser.trailers)
    return true
  }

  readonly #onPiece = (piece: Buffer): void => {
    if (!this.isDropping) this.#exchange?.deliverBody(piece)
  }
}
