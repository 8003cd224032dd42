import type { Clock } from '../clock.ts'
import { idOf, type Backend, type BackendSpec, type Will } from './backend.ts'
import type { Registry } from './registry.ts'

/** What a backend says when it registers. */
export interface Registration extends Omit<BackendSpec, 'name'> {
  /** By default the host and port of its url. */
  readonly name?: string
  /** Without a sign of life for so long it is taken for gone; undefined: it stays until it is removed. */
  readonly ttlMs?: number
}

/** What an operator changes. */
export interface Change extends Partial<Omit<BackendSpec, 'url'>> {
  readonly will?: Will
}

/** Why a backend goes: somebody wants it, or it gave no sign of life. */
type Departure = 'deleted' | 'its lease expired'

/** How long the open requests of a backend whose lease has expired may still take. */
const expiredDrainMs = 30_000

/** How many ids of backends that have left are kept, to tell them from those that were never there. */
const maxGone = 10_000

/** Backends that come and go while the gateway runs: their leases, and the drain before they go. */
export class Registrations {
  readonly #registry: Registry
  readonly #clock: Clock
  /** What ends the lease, or the drain, of a backend; called, it is cancelled. */
  readonly #cancels = new Map<Backend, () => void>()
  /** Those that drain before they go, and why they go. */
  readonly #leaving = new Map<Backend, Departure>()
  /** By id, why it went. */
  readonly #gone = new Map<string, Departure>()
  readonly #unsubscribe: () => void
  /** Called when what should survive a restart has changed. */
  onChange: () => void = () => {}

  constructor (registry: Registry, clock: Clock) {
    this.#registry = registry
    this.#clock = clock
    this.#unsubscribe = registry.events.subscribe((event) => {
      if (event.type === 'transition' && event.to === 'drained' && this.#leaving.has(event.backend)) this.#remove(event.backend)
    })
  }

  /** Whether there was a backend of this id that has left. */
  isGone (id: string): boolean {
    return this.#gone.has(id)
  }

  /** Whether the backend of this id was deleted, or will be when its requests are done: it is not to come back by itself. */
  isDeleted (id: string): boolean {
    const backend = this.#registry.get(id)
    return (backend === undefined ? this.#gone.get(id) : this.#leaving.get(backend)) === 'deleted'
  }

  /** Takes a backend in, or renews and updates the one with this url; a draining one is ready again. */
  register ({ url, name = url.host, ttlMs, ...spec }: Registration, why = 'registered'): { backend: Backend, isNew: boolean } {
    const known = this.#registry.get(idOf(url))
    const backend = known ?? this.#registry.add({ url, name, ...spec }, 'registered', why)
    if (known !== undefined) {
      this.#leaving.delete(known)
      this.#registry.update(known, { name, weight: spec.weight, isBackup: spec.isBackup ?? false, check: spec.check ?? {}, ...(spec.zone !== undefined && { zone: spec.zone }) })
      if (known.will === 'draining') this.#registry.command(known, 'ready', 'registered again')
    }
    this.#gone.delete(backend.id)
    if (backend.source === 'registered') this.#lend(backend, ttlMs)
    this.onChange()
    return { backend, isNew: known === undefined }
  }

  /** The backend is alive: its lease begins anew. */
  renew (backend: Backend): void {
    this.#lend(backend, backend.tenancy?.ttlMs)
  }

  change (backend: Backend, { will, ...spec }: Change): void {
    this.#registry.update(backend, spec)
    if (will !== undefined) {
      if (will === 'ready' && this.#leaving.delete(backend)) this.renew(backend)
      this.#registry.command(backend, will, 'operator')
    }
    this.onChange()
  }

  /** Has the backend finish its open requests, for `drainMs` at most, and then removes it. Returns whether it is gone already. */
  leave (backend: Backend, drainMs: number, why: Departure = 'deleted'): boolean {
    this.#leaving.set(backend, why)
    this.#cancel(backend)
    this.#registry.command(backend, 'draining', why)
    const isThere = this.#registry.get(backend.id) === backend
    if (isThere && (backend.inFlight === 0 || drainMs === 0)) this.#remove(backend)
    else if (isThere) this.#cancels.set(backend, this.#clock.after(drainMs, () => { this.#remove(backend, `, with ${backend.inFlight} requests in flight`) }))
    this.onChange()
    return this.#registry.get(backend.id) !== backend
  }

  close (): void {
    this.#unsubscribe()
    for (const cancel of this.#cancels.values()) cancel()
    this.#cancels.clear()
  }

  /** Backends that are about to go are not worth to be kept over a restart. */
  isLeaving (backend: Backend): boolean {
    return this.#leaving.has(backend)
  }

  #lend (backend: Backend, ttlMs: number | undefined): void {
    this.#cancel(backend)
    this.#registry.setTenancy(backend, ttlMs === undefined ? undefined : { ttlMs, expiresAt: this.#clock.date() + ttlMs })
    if (ttlMs === undefined) return
    this.#cancels.set(backend, this.#clock.after(ttlMs, () => { this.leave(backend, expiredDrainMs, 'its lease expired') }))
  }

  #cancel (backend: Backend): void {
    this.#cancels.get(backend)?.()
    this.#cancels.delete(backend)
  }

  #remove (backend: Backend, remark = ''): void {
    const why = this.#leaving.get(backend) ?? 'deleted'
    this.#cancel(backend)
    this.#leaving.delete(backend)
    this.#gone.set(backend.id, why)
    if (this.#gone.size > maxGone) this.#gone.delete(this.#gone.keys().next().value as string)
    this.#registry.remove(backend, why + remark)
    this.onChange()
  }
}
