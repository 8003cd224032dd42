import type { Readable } from 'node:stream'
import type { Answerable } from '../base/contain.ts'
import type { ClientExchange, ClientExchangeListener } from '../downstream/client-exchange.ts'
import { BodyTooLargeError } from '../errors.ts'
import type { Fields } from '../http/fields.ts'
import type { BackendStream, RequestFraming } from '../upstream/backend-stream.ts'
import { trailerLines } from './headers-to-client.ts'
import { ReplacedBody, type ReplacedBodyUser } from './replaced-body.ts'
import { ReplayBuffer } from './replay-buffer.ts'
import type { ForwardingLimits } from './route.ts'

/** Who wants to know how the body goes. */
export interface BodyUser extends Answerable {
  onBodySent (): void
  /** It is too large, or the stream that a hook has put in its place has failed. */
  onBodyError (error: unknown): void
}

/** Where a body comes from: the client, or a stream of the owner's. */
interface BodySource {
  readBody (): void
  holdBody (): void
  discardBody (): void
}

/**
 * The body of a request on its way to a backend. Nothing is read before there is a connection; what the backend does not
 * take in is not read from the client; the beginning is kept for a retry as long as it is within `replayBytes`.
 */
export class RequestBody implements ReplacedBodyUser {
  readonly framing: Exclude<RequestFraming, 'none'>
  readonly #source: BodySource
  /** Who reads the client's own body where a hook has put another one in its place. */
  readonly #reader: ClientExchangeListener | undefined
  readonly #user: BodyUser
  readonly #limits: ForwardingLimits
  readonly #replay = new ReplayBuffer()
  #stream: BackendStream | undefined
  #bytes = 0
  /** Its trailers, as field lines, once it has ended. */
  #end: string | undefined
  #isDiscarded = false
  isReplayable = true

  /** `replacement`: what a hook wants sent in place of the client's body. */
  constructor (client: ClientExchange, replacement: Readable | undefined, user: BodyUser, limits: ForwardingLimits) {
    this.#user = user
    this.#limits = limits
    // How long another body will be is not known.
    this.framing = client.body === 'length' && replacement === undefined ? 'length' : 'chunked'
    if (replacement === undefined) {
      this.#source = client
      // A hook of the owner's may read it already: without this, it alone would hear the beginning.
      client.holdBody()
    } else {
      this.#source = new ReplacedBody(replacement, client, this)
      this.#reader = client.listener
    }
  }

  get isComplete (): boolean {
    return this.#end !== undefined
  }

  /** Sends what is kept, and then what comes. */
  sendTo (stream: BackendStream): void {
    this.#stream = stream
    stream.limit(this.#limits.bodyIdleMs, 'client-timeout')
    const { bytes } = this.#replay
    if (bytes !== undefined) stream.write(bytes, false)
    if (this.#end === undefined) this.#source.readBody()
    else this.#finish(stream, this.#end)
    stream.flush()
  }

  /** A piece of the client's body, which is this one or none of it. */
  onClientPiece (bytes: Buffer): void {
    if (this.#reader === undefined) this.onPiece(bytes)
    else this.#reader.onBody(bytes)
  }

  onClientEnd (trailers: Fields): void {
    if (this.#reader === undefined) this.onEnd(trailers.count === 0 ? '' : trailerLines(trailers))
    else this.#reader.onBodyEnd(trailers)
  }

  onPiece (piece: Buffer): void {
    const stream = this.#stream
    if (stream === undefined) return
    this.#bytes += piece.length
    const { maxBodyBytes, replayBytes, bodyIdleMs } = this.#limits
    if (maxBodyBytes > 0 && this.#bytes > maxBodyBytes) return this.#user.onBodyError(new BodyTooLargeError())
    if (this.isReplayable) {
      if (this.#bytes <= replayBytes) this.#replay.append(piece)
      else this.forget()
    }
    const isHeld = !stream.write(piece, this.#reader === undefined && !this.isReplayable)
    if (isHeld) this.#source.holdBody()
    stream.limit(bodyIdleMs, isHeld ? 'body-timeout' : 'client-timeout')
  }

  /** `trailers` are field lines. */
  onEnd (trailers: string): void {
    this.#end = trailers
    if (this.#stream !== undefined) this.#finish(this.#stream, trailers)
  }

  onError (error: unknown): void {
    this.#user.onBodyError(error)
  }

  onThrown (error: unknown): void {
    this.#user.onThrown(error)
  }

  /** The backend has taken in what it had been given. */
  onDrain (): void {
    if (this.#stream === undefined || this.isComplete) return
    this.#stream.limit(this.#limits.bodyIdleMs, 'client-timeout')
    this.#source.readBody()
  }

  /** Holds the client until `sendTo` is called again. */
  hold (): void {
    this.#stream = undefined
    if (!this.isComplete) this.#source.holdBody()
  }

  /** There will be no retry any more. */
  forget (): void {
    this.#replay.clear()
    this.isReplayable = false
  }

  /** Nobody wants the rest: it is read without being passed on, since a client that is still sending would lose its answer to a reset. */
  discard (): void {
    this.forget()
    this.#stream = undefined
    if (this.isComplete || this.#isDiscarded) return
    this.#isDiscarded = true
    this.#source.discardBody()
  }

  #finish (stream: BackendStream, trailers: string): void {
    stream.end(trailers)
    this.#user.onBodySent()
  }
}
