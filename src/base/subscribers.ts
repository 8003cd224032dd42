/** The one way to subscribe: those who want to hear of something, in the order in which they came. */
export class Subscribers<Value> {
  #listeners: ReadonlyArray<(value: Value) => void> = []

  /** Calls `listener` with each value from now on; returns the function that ends this. */
  subscribe (listener: (value: Value) => void): () => void {
    this.#listeners = [...this.#listeners, listener]
    return () => { this.#listeners = this.#listeners.filter((other) => other !== listener) }
  }

  /** What a listener throws comes back to the caller, and those after it are not called. Listeners may come and go meanwhile. */
  notify (value: Value): void {
    for (const listener of this.#listeners) listener(value)
  }
}
