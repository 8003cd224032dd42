/** What a contained listener belongs to. */
export interface Answerable {
  /** A listener of it threw, which is the gateway's fault. Ends it and reports the error; must not throw. */
  onThrown (error: unknown): void
}

/**
 * Wraps a listener so that its exceptions only end what it belongs to: events of sockets, timers and streams have no caller that
 * would catch them.
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
