/**
 * The beginning of a request's body, kept for a retry. Pieces are copied together, since each of them costs more than its
 * bytes: a client that sends chunks of one byte would take a hundred times the memory.
 */
export class ReplayBuffer {
  #memory: Buffer | undefined
  #length = 0

  /** What was kept; undefined when that is nothing. */
  get bytes (): Buffer | undefined {
    return this.#memory?.subarray(0, this.#length)
  }

  append (piece: Buffer): void {
    const length = this.#length + piece.length
    // Most bodies are one piece, which is kept as it is.
    if (this.#memory === undefined) this.#memory = piece
    else {
      if (length > this.#memory.length) this.#grow(length)
      piece.copy(this.#memory, this.#length)
    }
    this.#length = length
  }

  clear (): void {
    this.#memory = undefined
    this.#length = 0
  }

  #grow (length: number): void {
    const memory = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#length))
    this.#memory?.copy(memory, 0, 0, this.#length)
    this.#memory = memory
  }
}
