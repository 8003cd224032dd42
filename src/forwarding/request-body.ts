import type { IncomingMessage } from 'node:http'
import { finished, type Readable } from 'node:stream'
import type { Clock } from '../base/clock.ts'
import { contain, type Answerable } from '../base/contain.ts'
import type { UpstreamConnection } from '../upstream/connection.ts'
import { isOnSocket } from '../downstream/own-head.ts'
import { ReplayBuffer } from './replay-buffer.ts'
import { trailerLines } from './headers-to-client.ts'

/** Who wants to know how the body goes. */
export interface BodyObserver extends Answerable {
  /** A piece was passed on; `isHeld` when the backend must take it in before more is read. */
  onBodyPiece (isHeld: boolean): void
  onBodySent (): void
  onBodyTooLarge (): void
  /** The stream that a hook has put in place of the client's body has failed. */
  onBodyError (error: unknown): void
}

const lingerMs = 30_000

export interface RequestBodyOptions {
  /** What a hook wants sent in place of the client's body. */
  readonly replacement: Readable | undefined
  readonly clock: Clock
  readonly isChunked: boolean
  /** How much is kept for a repeat, in bytes. */
  readonly replayBytes: number
  /** 0: no limit. */
  readonly maxBytes: number
}

/**
 * The body of a request on its way to a backend. Nothing is read before there is a connection; what the backend does not
 * take in is not read from the client; the beginning is kept for a repeat as long as it is within `replayBytes`.
 */
export class RequestBody {
  readonly #req: IncomingMessage
  /** Where the body comes from: the request, or a stream of the owner's. */
  readonly #source: Readable
  readonly #observer: BodyObserver
  readonly #options: RequestBodyOptions
  #connection: UpstreamConnection | undefined
  readonly #kept = new ReplayBuffer()
  #bytes = 0
  #isListening = false
  #isEnded = false
  isReplayable = true

  constructor (req: IncomingMessage, observer: BodyObserver, options: RequestBodyOptions) {
    const source = options.replacement ?? req
    this.#req = req
    this.#source = source
    this.#observer = observer
    this.#options = options
    // A hook of the owner's listens already: without a pause, it alone would hear the beginning.
    if (source.readableFlowing === true) source.pause()
    if (source !== req) finished(source, contain(observer, (error: unknown) => { if (error != null && !this.#isEnded) observer.onBodyError(error) }))
  }

  get isComplete (): boolean {
    return this.#isEnded
  }

  /** Sends what is kept, and then what comes. */
  sendTo (connection: UpstreamConnection): void {
    this.#connection = connection
    const { bytes } = this.#kept
    if (bytes !== undefined) this.#write(bytes)
    if (this.#isEnded) return this.#finish()
    if (!this.#isListening) this.#listen()
    this.#source.resume()
  }

  /** The backend has taken in what it had been given. */
  onDrain (): void {
    if (this.#connection === undefined || this.#isEnded) return
    this.#source.resume()
    this.#observer.onBodyPiece(false)
  }

  /** Holds the client until `sendTo` is called again. */
  hold (): void {
    this.#connection = undefined
    if (this.#isListening && !this.#isEnded) this.#source.pause()
  }

  /** There will be no repeat any more. */
  forget (): void {
    this.#kept.clear()
    this.isReplayable = false
  }

  /**
   * Reads the rest without passing it on: a client that is still sending would lose its answer to a reset if it were not
   * read. It has `lingerMs` for that, as nginx's lingering_time.
   */
  discard (): void {
    this.forget()
    this.#connection = undefined
    if (this.#isEnded) return
    const req = this.#req
    const { socket } = req
    const cancel = this.#options.clock.after(lingerMs, () => { if (isOnSocket(req)) socket.destroy() })
    // Once its response is finished, Node does not tell a request of the end of its socket.
    const stop = (): void => {
      cancel()
      req.off('end', stop)
      socket.off('close', stop)
    }
    req.on('end', stop)
    socket.on('close', stop)
    this.#source.resume()
  }

  #listen (): void {
    this.#isListening = true
    // A stream of the owner's may give text.
    this.#source.on('data', contain(this.#observer, (piece: Buffer | string) => { this.#onPiece(typeof piece === 'string' ? Buffer.from(piece) : piece) }))
    this.#source.once('end', contain(this.#observer, () => {
      this.#isEnded = true
      this.#finish()
    }))
  }

  #onPiece (piece: Buffer): void {
    // Discarded; or a stream of a hook's has pieces without bytes, each of which would end a chunked body.
    if (this.#connection === undefined || piece.length === 0) return
    this.#bytes += piece.length
    const { maxBytes, replayBytes } = this.#options
    if (maxBytes > 0 && this.#bytes > maxBytes) return this.#observer.onBodyTooLarge()
    if (this.isReplayable) {
      if (this.#bytes <= replayBytes) this.#kept.append(piece)
      else this.forget()
    }
    const isHeld = !this.#write(piece)
    if (isHeld) this.#source.pause()
    this.#observer.onBodyPiece(isHeld)
  }

  #write (piece: Buffer): boolean {
    const connection = this.#connection as UpstreamConnection
    // A hook of the owner's may listen too, and keep what it hears.
    const isOurs = !this.isReplayable && this.#source === this.#req && this.#req.listenerCount('data') === 1
    const onWritten = isOurs ? (error?: Error | null) => { if (error == null) free(piece) } : undefined
    if (!this.#options.isChunked) return connection.write(piece, onWritten)
    connection.cork()
    connection.write(`${piece.length.toString(16)}\r\n`)
    connection.write(piece, onWritten)
    const canTakeMore = connection.write('\r\n')
    connection.uncork()
    return canTakeMore
  }

  #finish (): void {
    if (this.#connection === undefined) return
    // A request by `inject` knows no trailers.
    if (this.#options.isChunked) this.#connection.write(`0\r\n${trailerLines(this.#req.rawTrailers ?? [])}\r\n`)
    this.#observer.onBodySent()
  }
}

/** The lib of ES2023 does not have it; Node has it from 22 on. */
interface TransferableBuffer {
  readonly byteLength: number
  transfer? (newByteLength: number): unknown
}

/**
 * Frees the memory of a piece that nobody reads any more. Node reads each piece into memory of its own, of up to 64 KiB; left
 * to the garbage collector, which does not see its size as urgent, that of one slow upload grows to 64 MiB.
 */
function free (piece: Buffer): void {
  const memory: TransferableBuffer = piece.buffer
  if (memory.byteLength === piece.length) memory.transfer?.(0)
}
