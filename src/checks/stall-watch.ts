import type { Backend } from '../backends/backend.ts'
import type { Service } from '../services/service.ts'
import type { Clock } from '../base/clock.ts'

export interface StallWatchOptions {
  readonly services: { all (): ReadonlyArray<Pick<Service, 'rotation'>> }
  readonly clock: Clock
  /** Called once each time a backend stalls. */
  readonly onStalled: (backend: Backend) => void
}

const intervalMs = 250

/**
 * Notices backends that have stopped to answer: they are frozen, or slow by nature, which a health check can tell. A
 * look at all of them four times a second is cheaper than a timer for each request.
 */
export class StallWatch {
  readonly #options: StallWatchOptions
  readonly #stalled = new Set<Backend>()
  #cancel: (() => void) | undefined

  constructor (options: StallWatchOptions) {
    this.#options = options
  }

  start (): void {
    this.#cancel = this.#options.clock.after(intervalMs, () => { this.#look() })
  }

  stop (): void {
    this.#cancel?.()
  }

  #look (): void {
    const { services, clock, onStalled } = this.#options
    const now = clock.now()
    for (const { rotation } of services.all()) {
      for (const backend of rotation) {
        if (!backend.isStalled(now)) this.#stalled.delete(backend)
        else if (!this.#stalled.has(backend)) {
          this.#stalled.add(backend)
          onStalled(backend)
        }
      }
    }
    this.start()
  }
}
