import type { Readable } from 'node:stream'
import type { Answerable } from '../base/contain.ts'
import type { ClientExchange } from '../downstream/client-exchange.ts'
import type { BackendStream } from '../upstream/backend-stream.ts'
import { ReplacedBody, type ReplacedBodyUser } from './replaced-body.ts'
import { ReplayBuffer } from './replay-buffer.ts'

/** Who wants to know how the body goes. */
export interface BodyUser extends Answerable {
  /** A piece was passed on; `isHeld` when the backend must take it in before more is read. */
  onBodyPiece (isHeld: boolean): void
  onBodySent (): void
  onBodyTooLarge (): void
  /** The stream that a hook has put in place of the client's body has failed. */
  onBodyError (error: unknown): void
}

export interface RequestBodyOptions {
  /** What a hook wants sent in place of the client's body. */
  readonly replacement: Readable | undefined
  /** How much is kept for a retry, in bytes. */
  readonly replayBytes: number
  /** 0: no limit. */
  readonly maxBytes: number
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
  readonly #source: BodySource
  readonly #isOfClient: boolean
  readonly #user: BodyUser
  readonly #maxBytes: number
  readonly #replayBytes: number
  readonly #replay = new ReplayBuffer()
  #stream: BackendStream | undefined
  #bytes = 0
  /** Its trailers, as field lines, once it has ended. */
  #end: string | undefined
  #isDiscarded = false
  isReplayable = true

  constructor (client: ClientExchange, user: BodyUser, { replacement, replayBytes, maxBytes }: RequestBodyOptions) {
    this.#source = replacement === undefined ? client : new ReplacedBody(replacement, client, this)
    this.#isOfClient = replacement === undefined
    this.#user = user
    this.#replayBytes = replayBytes
    this.#maxBytes = maxBytes
  }

  get isComplete (): boolean {
    return this.#end !== undefined
  }

  /** Sends what is kept, and then what comes. */
  sendTo (stream: BackendStream): void {
    this.#stream = stream
    const { bytes } = this.#replay
    if (bytes !== undefined) stream.write(bytes, false)
    if (this.#end === undefined) this.#source.readBody()
    else this.#finish(stream, this.#end)
  }

  onPiece (piece: Buffer): void {
    const stream = this.#stream
    if (stream === undefined) return
    this.#bytes += piece.length
    if (this.#maxBytes > 0 && this.#bytes > this.#maxBytes) return this.#user.onBodyTooLarge()
    if (this.isReplayable) {
      if (this.#bytes <= this.#replayBytes) this.#replay.append(piece)
      else this.forget()
    }
    const isHeld = !stream.write(piece, this.#isOfClient && !this.isReplayable)
    if (isHeld) this.#source.holdBody()
    this.#user.onBodyPiece(isHeld)
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
    this.#user.onBodyPiece(false)
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
