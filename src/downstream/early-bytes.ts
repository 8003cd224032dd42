import type { Socket } from 'node:net'
import { holdSocket, releaseSocket } from './held-socket.ts'

/** What is kept of them at most, in bytes, but for the rest of the last read; the client is not read any further then. */
const maxEarlyBytes = 65_536

/** A piece costs this much memory in addition to its bytes: a client may send them one by one. */
const pieceBytes = 512

/**
 * What a client sends after an upgrade before the backend has agreed to it. It is read so that a client that leaves is
 * noticed, and since Node lets a socket flow whether anybody listens or not.
 */
export class EarlyBytes {
  readonly #socket: Socket
  #pieces: Buffer[] = []
  #keptBytes = 0
  #hasEnded = false

  constructor (socket: Socket, first: Buffer) {
    this.#socket = socket
    if (first.length > 0) this.#onData(first)
    socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
  }

  /** Hands them over, with all that comes from now on: listen to the socket at once. */
  take (): { pieces: Buffer[], hasEnded: boolean } {
    const pieces = this.#pieces
    this.#pieces = []
    this.#socket.off('data', this.#onData)
    this.#socket.off('end', this.#onEnd)
    releaseSocket(this.#socket)
    return { pieces, hasEnded: this.#hasEnded }
  }

  readonly #onData = (bytes: Buffer): void => {
    this.#pieces.push(bytes)
    this.#keptBytes += bytes.length + pieceBytes
    if (this.#keptBytes >= maxEarlyBytes) holdSocket(this.#socket)
  }

  readonly #onEnd = (): void => { this.#hasEnded = true }
}
