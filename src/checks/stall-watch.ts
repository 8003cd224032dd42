import type { Backend } from '../backends/backend.ts'
import type { Registry } from '../services/registry.ts'
import type { Clock } from '../base/clock.ts'

export interface SilenceWatchOptions {
  readonly registry: Registry
  readonly clock: Clock
  /** Called once each time that a backend falls silent. */
  readonly onSilent: (backend: Backend) => void
}

const intervalMs = 250

/**
 * Notices backends that have stopped to answer: they are frozen, or slow by nature, which a health check can tell. A
 * look at all of them four times a second is cheaper than a timer for each request.
 */
export class SilenceWatch {
  readonly #options: SilenceWatchOptions
  readonly #silent = new Set<Backend>()
  #cancel: (() => void) | undefined

  constructor (options: SilenceWatchOptions) {
    this.#options = options
  }

  start (): void {
    this.#cancel = this.#options.clock.after(intervalMs, () => { this.#look() })
  }

  stop (): void {
    this.#cancel?.()
  }

  #look (): void {
    const { registry, clock, onSilent } = this.#options
    const now = clock.now()
    for (const backend of registry.rotation) {
      if (!backend.isSilent(now)) this.#silent.delete(backend)
      else if (!this.#silent.has(backend)) {
        this.#silent.add(backend)
        onSilent(backend)
      }
    }
    this.start()
  }
}
