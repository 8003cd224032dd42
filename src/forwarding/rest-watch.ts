import type { Clock } from '../base/clock.ts'
import type { ClientExchange } from '../downstream/client-exchange.ts'

/** Cuts a client that takes in nothing of a response, which is whole, for so long. */
export class RestWatch {
  readonly #client: ClientExchange
  readonly #clock: Clock
  readonly #idleMs: number
  #cancel: () => void

  constructor (client: ClientExchange, clock: Clock, idleMs: number) {
    this.#client = client
    this.#clock = clock
    this.#idleMs = idleMs
    this.#cancel = this.#lookAgain()
  }

  end (): void {
    this.#cancel()
  }

  #lookAgain (): () => void {
    const { unsentBytes } = this.#client
    return this.#clock.after(this.#idleMs, () => {
      if (this.#client.unsentBytes === unsentBytes) this.#client.reset('timeout')
      else this.#cancel = this.#lookAgain()
    })
  }
}
