import type { Lease } from '../backends/backend.ts'
import { Subscribers } from '../base/subscribers.ts'
import type { RegistryChange, RegistryEntry, RegistryStore } from './store.ts'

/** A registry of this process alone. */
export class MemoryStore implements RegistryStore {
  readonly #entries = new Map<string, RegistryEntry>()
  readonly #changes = new Subscribers<RegistryChange>()

  get (id: string): RegistryEntry | undefined {
    return this.#entries.get(id)
  }

  snapshot (): readonly RegistryEntry[] {
    return [...this.#entries.values()]
  }

  watch (listener: (change: RegistryChange) => void): () => void {
    return this.#changes.subscribe(listener)
  }

  put (entry: RegistryEntry, why: string): void {
    this.#entries.set(entry.id, entry)
    this.#changes.notify({ type: 'put', entry, why })
  }

  renew (id: string, lease: Lease | undefined, holders: number): void {
    const known = this.#entries.get(id)
    if (known === undefined) return
    const entry = { ...known, lease, holders }
    this.#entries.set(id, entry)
    this.#changes.notify({ type: 'renew', entry })
  }

  remove (id: string, why: string): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    this.#entries.delete(id)
    this.#changes.notify({ type: 'remove', entry, why })
  }
}
