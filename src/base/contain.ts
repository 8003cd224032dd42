/** Who answers for what is done on its behalf. */
export interface Answerable {
  /** Something that was done for it threw: the gateway's own fault. Ends it, tells of it, and throws nothing. */
  onThrown (error: unknown): void
}

/**
 * A listener whose exceptions end what it belongs to, and nothing else: an event of a socket, a timer or a stream has nobody above
 * it who would catch them, and whoever has caused the event is not who must pay for them.
 */
export function contain<Args extends unknown[]> (answerable: Answerable, listener: (...args: Args) => void): (...args: Args) => void {
  return (...args) => {
    try {
      listener(...args)
    } catch (error) {
      answerable.onThrown(error)
    }
  }
}
