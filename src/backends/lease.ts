import type { Backend } from './backend.ts'

/** How an attempt ended, in the words of the domain. A client that left is nobody's failure. */
export type Outcome = 'success' | 'backend-failure' | 'client-abort'

/** The right to send one attempt to one backend. Settled exactly once; what hangs on the outcome hangs on `settle`. */
export class Lease {
  readonly backend: Backend
  #outcome: Outcome | undefined

  constructor (backend: Backend) {
    this.backend = backend
    backend.inFlight++
  }

  get outcome (): Outcome | undefined {
    return this.#outcome
  }

  /** The first call counts, later ones do nothing. */
  settle (outcome: Outcome): void {
    if (this.#outcome !== undefined) return
    this.#outcome = outcome
    this.backend.inFlight--
  }
}
