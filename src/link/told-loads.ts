import type { Service } from '../services/service.ts'
import type { LoadRow, Loads } from './messages.ts'

/** The loads of backends as control was told of them last. */
export class ToldLoads {
  /** By the ids of backends, as texts. */
  readonly #told = new Map<string, string>()

  /** The loads that are others than were told; undefined where there are none. */
  changed (services: readonly Service[], nowMs: number): Loads | undefined {
    const backends: LoadRow[] = []
    for (const { name, shared } of services) {
      for (const { id, load: { inFlight, unanswered, heardAt } } of shared.members.all()) {
        const row: LoadRow = [id, inFlight, unanswered, unanswered === 0 ? 0 : Math.round(nowMs - heardAt), name]
        const text = row.join()
        if (this.#told.get(id) === text) continue
        this.#told.set(id, text)
        backends.push(row)
      }
    }
    if (backends.length === 0) return undefined
    const queued = services.filter(({ queue }) => queue.length > 0).map(({ name, queue }) => [name, queue.length] as const)
    return { type: 'load', backends, queued }
  }

  /** This one is told again. */
  forget (id: string): void {
    this.#told.delete(id)
  }

  /** All are told again. */
  clear (): void {
    this.#told.clear()
  }
}
