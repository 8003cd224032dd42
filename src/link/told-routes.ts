import { Subscribers } from '../base/subscribers.ts'
import type { Announcement } from '../registry/announcement.ts'

/** Routes as control has them in force. */
export class ToldRoutes {
  #list: readonly Announcement[] = []
  readonly #changes = new Subscribers<undefined>()

  list (): readonly Announcement[] {
    return this.#list
  }

  /** Calls `listener` when the list has changed; returns the function that ends this. */
  watch (listener: () => void): () => void {
    return this.#changes.subscribe(() => { listener() })
  }

  set (list: readonly Announcement[]): void {
    this.#list = list
    this.#changes.notify(undefined)
  }
}
