/**
 * What the other side may still send us, of a stream or of all together (RFC 9113 section 5.2). It is given back when the bytes have
 * been taken on, and in steps of half of it, since each costs a frame.
 */
export class ReceiveWindow {
  #size: number
  #left: number
  /** Taken on, and not given back yet. */
  #taken = 0

  constructor (size: number) {
    this.#size = size
    this.#left = size
  }

  get size (): number {
    return this.#size
  }

  /** Makes it larger by so many bytes, of which the other side is to be told. */
  grow (bytes: number): void {
    this.#size += bytes
    this.#left += bytes
  }

  /** Bytes have come. Returns false when there was no room for them. */
  receive (bytes: number): boolean {
    this.#left -= bytes
    return this.#left >= 0
  }

  /** Bytes have been taken on. Returns what the other side is to be told now: 0 for nothing. */
  give (bytes: number): number {
    this.#taken += bytes
    if (this.#taken < this.#size / 2) return 0
    const given = this.#taken
    this.#taken = 0
    this.#left += given
    return given
  }
}
