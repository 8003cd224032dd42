import { finished, type Readable } from 'node:stream'
import { contain, type Answerable } from '../base/contain.ts'
import type { ClientExchange } from '../downstream/client-exchange.ts'

export interface ReplacedBodyUser extends Answerable {
  /** A piece of it, never empty. */
  onPiece (bytes: Buffer): void
  /** It is whole; `trailers` are field lines. */
  onEnd (trailers: string): void
  onError (error: unknown): void
}

/** A stream that a hook of the owner's has put in place of a client's body, read as that body would be. */
export class ReplacedBody {
  readonly #stream: Readable
  readonly #client: ClientExchange
  readonly #user: ReplacedBodyUser
  #isListening = false
  #isEnded = false
  #isDiscarded = false

  constructor (stream: Readable, client: ClientExchange, user: ReplacedBodyUser) {
    this.#stream = stream
    this.#client = client
    this.#user = user
    // A hook of the owner's listens already: without a pause, it alone would hear the beginning.
    if (stream.readableFlowing === true) stream.pause()
    finished(stream, contain(user, (error: unknown) => {
      if (error == null || this.#isEnded || this.#isDiscarded) return
      user.onError(error)
    }))
  }

  readBody (): void {
    if (!this.#isListening) this.#listen()
    this.#stream.resume()
  }

  holdBody (): void {
    if (this.#isListening) this.#stream.pause()
  }

  /** A stream that has failed reads no more of the client's body. */
  discardBody (): void {
    this.#isDiscarded = true
    if (this.#stream.destroyed) this.#client.discardBody()
    else this.#stream.resume()
  }

  #listen (): void {
    this.#isListening = true
    this.#stream.on('data', contain(this.#user, (piece: unknown) => {
      if (this.#isDiscarded) return
      const bytes = bytesOf(piece)
      // Pieces without bytes would end a chunked body.
      if (bytes.length > 0) this.#user.onPiece(bytes)
    }))
    this.#stream.once('end', contain(this.#user, () => {
      this.#isEnded = true
      this.#user.onEnd('')
    }))
  }
}

/** What a stream of the owner's may give: text or bytes. Throws a TypeError on anything else. */
function bytesOf (piece: unknown): Buffer {
  if (typeof piece === 'string') return Buffer.from(piece)
  if (Buffer.isBuffer(piece)) return piece
  if (piece instanceof Uint8Array) return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
  throw new TypeError('a preParsing hook returned a stream whose pieces are neither text nor bytes')
}
