import type { Socket } from 'node:net'

/** What is kept of bytes that may be of another protocol, before it is settled which: at most this, in bytes, but for the rest of the last read. */
const maxEarlyBytes = 65_536

/** A piece costs this much memory in addition to its bytes: a client may send them one by one. */
const pieceBytes = 512

/**
 * What has been read from a client and not been dealt with. Nothing more is read when a second piece comes before the first was
 * wanted: a client that only waits for its response is read on, so that its leaving is noticed. A socket that is paused still reads
 * up to its high-water mark, which the listener sets low.
 */
export class Incoming {
  readonly #socket: Socket
  /** The piece that is next, and where in it. */
  #bytes: Buffer | undefined
  #at = 0
  #more: Buffer[] | undefined
  #cost = 0
  #isPaused = false
  /** Whoever wants the bytes is not ready for more. */
  isHeld = false

  constructor (socket: Socket) {
    this.#socket = socket
  }

  get isEmpty (): boolean {
    return this.#bytes === undefined
  }

  get bytes (): Buffer {
    return this.#bytes as Buffer
  }

  get at (): number {
    return this.#at
  }

  /** `isEarly`: they are kept up to a limit before reading stops. */
  add (chunk: Buffer, isEarly: boolean): void {
    if (this.#bytes === undefined) {
      this.#bytes = chunk
      this.#at = 0
      if (!isEarly) return
    } else {
      (this.#more ??= []).push(chunk)
    }
    this.#cost += chunk.length + pieceBytes
    if (!isEarly || this.#cost >= maxEarlyBytes) this.#pause()
  }

  /** All up to `at` in the piece has been dealt with, on which way all may have been dropped. */
  moveTo (at: number): void {
    if (this.#bytes === undefined) return
    this.#at = at
    if (at < this.#bytes.length) return
    const more = this.#more
    this.#bytes = more === undefined || more.length < 2 ? more?.[0] : Buffer.concat(more)
    this.#at = 0
    if (more !== undefined) {
      this.#more = undefined
      this.#cost = 0
    }
  }

  takeAll (): Buffer[] {
    const pieces = this.#bytes === undefined ? [] : [this.#at === 0 ? this.#bytes : this.#bytes.subarray(this.#at), ...this.#more ?? []]
    this.drop()
    return pieces
  }

  /** Nothing more is wanted for now, however little there is. */
  hold (): void {
    this.isHeld = true
    this.#pause()
  }

  /** Forgets what there is. */
  drop (): void {
    this.#bytes = undefined
    this.#more = undefined
    this.#cost = 0
    this.isHeld = false
  }

  /** Reads on if nothing is left. */
  readOn (): void {
    if (!this.#isPaused || this.isHeld || this.#bytes !== undefined) return
    this.#isPaused = false
    this.#socket.resume()
  }

  #pause (): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#socket.pause()
  }
}
