import { differences, type BackendSpec, type Source } from '../backends/spec.ts'
import type { Departure, Registrations } from './registrations.ts'
import { newEntry, type RegistryStore } from './store.ts'

/** What a source says of one backend. */
export interface SaidOf {
  readonly service: string
  readonly spec: BackendSpec
}

export interface ReconcileOptions {
  readonly store: RegistryStore
  readonly registrations: Registrations
  readonly source: Source
  /** In words, why backends come and change. */
  readonly why: string
  /** Why they go. */
  readonly departure: Departure
}

/** How long the open requests of a backend that is not named any more may still take; WebSockets and streams go on after that. */
const drainMs = 30_000

/**
 * Brings the backends of a source, by their ids, from what it said before to what it says now: they join, change and leave. What an
 * operator has changed stays, unless it is just that which the source says anew.
 */
export function reconcile (
  before: ReadonlyMap<string, SaidOf>,
  after: ReadonlyMap<string, SaidOf>,
  { store, registrations, source, why, departure }: ReconcileOptions
): void {
  for (const [id, { service, spec }] of after) {
    if (store.get(id) === undefined) store.put(newEntry(spec, source, service), why)
    else {
      if (registrations.isLeaving(id)) registrations.change(id, { desiredState: 'ready' }, why)
      const was = before.get(id)?.spec
      if (was === undefined || differences(was, spec) !== '') registrations.change(id, changesBetween(was, spec), why)
    }
  }
  for (const id of before.keys()) if (!after.has(id)) registrations.leave(id, drainMs, departure)
}

/** What a backend is of which it is not said: what was said before must not stay. */
const unsaid = { zone: undefined, isBackup: false, protocol: undefined, sendProxy: undefined, healthCheck: {} }

/** Of what is said now, that which differs; of a backend of which nothing was said before, all. */
function changesBetween (was: BackendSpec | undefined, { url: _url, ...is }: BackendSpec): Omit<BackendSpec, 'url'> | Partial<BackendSpec> {
  const all = { ...unsaid, ...is }
  if (was === undefined) return all as Partial<BackendSpec>
  const before: Record<string, unknown> = { ...unsaid, ...was }
  return Object.fromEntries(Object.entries(all).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key])))
}
