/** What one stream has to send, as far as the other side's window lets it (RFC 9113 section 5.2). */
export class StreamOutput {
  readonly streamId: number
  /** How much the other side takes of this stream; below 0 after it has made its windows smaller (section 6.9.2). */
  window: number
  /** Bytes that are not in a frame yet. */
  queuedBytes = 0
  /** Nothing follows what is queued, but these. */
  trailers: readonly string[] | undefined
  isEnding = false
  /** Its last frame is with the connection, or it was reset. */
  isOver = false
  spent: Buffer | undefined
  /** It waits for its turn. */
  isInTurn = false
  /** Who writes was told to wait. */
  isFull = false
  #pieces: Buffer[] = []
  /** How much of the first piece is sent. */
  #at = 0
  readonly #listener: StreamOutputListener

  constructor (streamId: number, window: number, listener: StreamOutputListener) {
    this.streamId = streamId
    this.window = window
    this.#listener = listener
  }

  add (bytes: Buffer): void {
    this.#pieces.push(bytes)
    this.queuedBytes += bytes.length
  }

  /**
   * At most `max` bytes of the first piece, so that nothing is copied to put pieces together. The memory that a piece was in is left
   * in `spent` with the last one that shares it.
   */
  take (max: number): Buffer {
    this.spent = undefined
    const piece = this.#pieces[0]!
    const end = Math.min(piece.length, this.#at + max)
    const taken = piece.subarray(this.#at, end)
    this.#at = end
    this.queuedBytes -= taken.length
    this.window -= taken.length
    if (end === piece.length) {
      this.#pieces.shift()
      this.#at = 0
      if (this.#pieces[0]?.buffer !== piece.buffer) this.spent = piece
    }
    return taken
  }

  /** It was reset: nothing of it is sent any more. */
  drop (): void {
    this.isOver = true
    this.#pieces = []
    this.queuedBytes = 0
  }

  /** More can be written. */
  drained (): void {
    this.isFull = false
    this.#listener.onOutputDrained()
  }

  /** The system has taken all of it. */
  sent (): void {
    this.#listener.onOutputSent()
  }
}

export interface StreamOutputListener {
  onOutputDrained (): void
  onOutputSent (): void
}
