import { defaultService, idOf } from '../backends/address.ts'
import type { Lease } from '../backends/backend.ts'
import { differences, type BackendSpec, type DesiredState, type Source, type SpecChange } from '../backends/spec.ts'

/** One backend in the registry: what was said of it and what is wanted of it, as a plain value that is never changed. */
export interface RegistryEntry {
  /** By `idOf`. */
  readonly id: string
  /** The name of the service that it belongs to. */
  readonly service: string
  readonly source: Source
  readonly spec: BackendSpec
  readonly desiredState: DesiredState
  readonly lease: Lease | undefined
  /** Processes that serve it together and have registered. */
  readonly holders: number
}

/** `why` is the reason, in words for an operator. */
export type RegistryChange =
  | { readonly type: 'put', readonly entry: RegistryEntry, readonly why: string }
  | { readonly type: 'renew', readonly entry: RegistryEntry }
  | { readonly type: 'remove', readonly entry: RegistryEntry, readonly why: string }

/**
 * Which backends there are. What one gateway writes, all that share the store hear of. Reads answer from what is known here and
 * writes are seen at once by the one who made them, wherever the store keeps them in the end.
 */
export interface RegistryStore {
  get (id: string): RegistryEntry | undefined
  /** In the order in which they joined. */
  snapshot (): readonly RegistryEntry[]
  /** Calls `listener` after each change; returns the function that ends this. */
  watch (listener: (change: RegistryChange) => void): () => void
  /** A new backend, or something new about one. */
  put (entry: RegistryEntry, why: string): void
  /** The lease of a backend has changed, or who holds it. Does nothing where there is no such backend. */
  renew (id: string, lease: Lease | undefined, holders: number): void
  /** Does nothing where there is no such backend. */
  remove (id: string, why: string): void
}

/** A backend that is not there yet. */
export function newEntry (spec: BackendSpec, source: Source, service = defaultService): RegistryEntry {
  return { id: idOf(spec.url, service), service, source, spec, desiredState: 'ready', lease: undefined, holders: 0 }
}

/** The entry with what is said anew; its spec stays the same object where nothing of it differs. */
export function changedEntry (entry: RegistryEntry, change: SpecChange, desiredState: DesiredState = entry.desiredState): RegistryEntry {
  const spec = { ...entry.spec, ...change }
  return { ...entry, desiredState, spec: differences(entry.spec, spec) === '' ? entry.spec : spec }
}
