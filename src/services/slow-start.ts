import type { Clock } from '../base/clock.ts'
import type { ManagedBackend } from './managed-backend.ts'

/** What a backend begins with, of its weight. */
const leastRatio = 0.1

/** In how many steps the effective weight grows. */
const steps = 20

/** Lets the effective weight of a backend that comes back grow from a tenth of its weight to all of it. */
export class SlowStart {
  readonly #clock: Clock
  #durationMs: number
  /** With the time at which each began, monotonic ms. */
  readonly #growing = new Map<ManagedBackend, number>()
  readonly #onStep: () => void
  #cancel: (() => void) | undefined

  /** 0 ms: a backend has its whole weight at once. `onStep` is called when weights should grow, by `grow`. */
  constructor (clock: Clock, durationMs: number, onStep: () => void) {
    this.#clock = clock
    this.#durationMs = durationMs
    this.#onStep = onStep
  }

  configure (durationMs: number): void {
    this.#durationMs = durationMs
  }

  /** Its weight grows, with the next `grow`, as if that had begun `agoMs` ago. */
  begin (backend: ManagedBackend, agoMs = 0): void {
    if (this.#durationMs > 0) this.#growing.set(backend, this.#clock.now() - agoMs)
  }

  /** For how long its weight has grown, in ms; undefined where it does not. */
  ageOf (backend: ManagedBackend): number | undefined {
    const startedAt = this.#growing.get(backend)
    return startedAt === undefined ? undefined : this.#clock.now() - startedAt
  }

  forget (backend: ManagedBackend): void {
    this.#growing.delete(backend)
  }

  /** Brings the weights to what they should be now, and plans the next step where there is one. */
  grow (): void {
    this.#cancel?.()
    this.#cancel = undefined
    for (const [backend, startedAt] of this.#growing) {
      const progress = this.#durationMs === 0 ? 1 : (this.#clock.now() - startedAt) / this.#durationMs
      backend.load.weightRatio = Math.min(1, Math.max(leastRatio, progress))
      if (progress >= 1) this.#growing.delete(backend)
    }
    if (this.#growing.size === 0) return
    this.#cancel = this.#clock.after(this.#durationMs / steps, () => {
      this.#cancel = undefined
      this.#onStep()
    })
  }

  close (): void {
    this.#cancel?.()
  }
}
