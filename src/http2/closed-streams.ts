/** As many as are remembered. */
const most = 256

/**
 * The streams of a connection that were closed last: what still comes for one that we reset was sent before its sender knew, and is no
 * error (RFC 9113 section 5.1).
 */
export class ClosedStreams {
  readonly #wasReset = new Map<number, boolean>()

  add (streamId: number, isResetByUs: boolean): void {
    this.#wasReset.set(streamId, isResetByUs)
    if (this.#wasReset.size > most) this.#wasReset.delete(this.#wasReset.keys().next().value as number)
  }

  has (streamId: number): boolean {
    return this.#wasReset.has(streamId)
  }

  isResetByUs (streamId: number): boolean {
    return this.#wasReset.get(streamId) === true
  }
}
