import type { Clock } from '../base/clock.ts'
import { idOf, type Backend, type BackendSpec, type DesiredState } from '../backends/backend.ts'
import { Holders, maxHolders, type Hold } from './holders.ts'
import type { Registry } from '../services/registry.ts'

/** What a backend says when it registers. */
export interface Registration extends Omit<BackendSpec, 'name'>, Hold {
  /** By default the host and port of its url. */
  readonly name?: string
}

/** What an operator changes. */
export interface Change extends Partial<Omit<BackendSpec, 'url'>> {
  readonly desiredState?: DesiredState
}

/** Why a backend goes: an operator wants it, all that served it have left, or none of them gave a sign of life. */
type Departure = 'deleted' | 'it left' | 'its lease expired'

interface Leaving {
  readonly why: Departure
  /** Who held it: an operator may want it back. */
  readonly holds: readonly Hold[]
}

/** How long the open requests of a backend whose lease has expired may still take. */
const expiredDrainMs = 30_000

/** How many ids of backends that have left are kept, to tell them from those that were never there. */
const maxGone = 10_000

/** Backends that come and go while the gateway runs: their leases, and the drain before they go. */
export class Registrations {
  readonly #registry: Registry
  readonly #clock: Clock
  readonly #holders = new Map<Backend, Holders>()
  /** What ends the drain of a backend; called, it is cancelled. */
  readonly #cancels = new Map<Backend, () => void>()
  /** Those that drain before they go. */
  readonly #leaving = new Map<Backend, Leaving>()
  /** By id, why it went. */
  readonly #gone = new Map<string, Departure>()
  readonly #unsubscribe: () => void
  /** Called when what should survive a restart has changed. */
  onChange: () => void = () => {}
  /** Called when one of several holders has left: connections that lead to it are not to be used again. */
  onHandover: (backend: Backend) => void = () => {}

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
    return (backend === undefined ? this.#gone.get(id) : this.#leaving.get(backend)?.why) === 'deleted'
  }

  /** Whether a backend with this url has as many holders as there may be, and this would be one more. */
  isCrowded (url: URL, instance: string | undefined): boolean {
    const backend = this.#registry.get(idOf(url))
    const holders = backend && this.#holders.get(backend)
    return holders !== undefined && holders.size >= maxHolders && !holders.has(instance)
  }

  /** Takes a backend in, or renews and updates the one with this url; a draining one is ready again. */
  register ({ url, name = url.host, ttlMs, instance, ...spec }: Registration, why = 'registered'): { backend: Backend, isNew: boolean } {
    const known = this.#registry.get(idOf(url))
    const backend = known ?? this.#registry.add({ url, name, ...spec }, 'registered', why)
    if (known !== undefined) {
      this.#leaving.delete(known)
      this.#cancelDrain(known)
      this.#registry.update(known, { name, weight: spec.weight, isBackup: spec.isBackup ?? false, healthCheck: spec.healthCheck ?? {}, ...(spec.zone !== undefined && { zone: spec.zone }) })
      if (known.desiredState === 'draining') this.#registry.command(known, 'ready', 'registered again')
    }
    this.#gone.delete(backend.id)
    if (backend.source === 'registered' || instance !== undefined) this.#grantLeases(backend, [{ instance, ttlMs }])
    this.onChange()
    return { backend, isNew: known === undefined }
  }

  /**
   * A holder is alive: its lease begins anew. Returns whether it has one. One that is not known yet gets it, for `ttlMs`, where
   * an operator's word is not to be undone by a registration: the backend stands in BACKENDS, or was added by hand.
   */
  renew (backend: Backend, instance?: string, ttlMs?: number): boolean {
    if (this.#leaving.has(backend)) return false
    const holders = this.#holders.get(backend)
    if (holders?.renew(instance) === true) {
      this.#showHolders(backend)
      return true
    }
    const isOperators = backend.source === 'configured' || holders?.isUnattended === true
    if (!isOperators || instance === undefined || ttlMs === undefined) return false
    this.#grantLeases(backend, [{ instance, ttlMs }])
    this.onChange()
    return true
  }

  change (backend: Backend, { desiredState, ...spec }: Change): void {
    this.#registry.update(backend, spec)
    if (desiredState !== undefined) {
      const leaving = desiredState === 'ready' ? this.#leaving.get(backend) : undefined
      if (leaving !== undefined) {
        this.#leaving.delete(backend)
        this.#cancelDrain(backend)
        this.#grantLeases(backend, leaving.holds)
      }
      this.#registry.command(backend, desiredState, 'operator')
    }
    this.onChange()
  }

  /** One holder leaves. Unless there are others, so does the backend; one from BACKENDS stays, draining. Returns whether it is gone. */
  release (backend: Backend, instance: string, drainMs: number): boolean {
    const holders = this.#holders.get(backend)
    if (holders !== undefined && (holders.size > 1 || !holders.has(instance))) this.#handOver(backend, holders, instance)
    else if (backend.source === 'configured') {
      this.#endHolders(backend)
      if (backend.desiredState === 'ready') this.#registry.command(backend, 'draining', 'it left')
      this.onChange()
    } else if (!this.#leaving.has(backend)) return this.leave(backend, drainMs, 'it left')
    return false
  }

  /** Has the backend finish its open requests, for `drainMs` at most, and then removes it. Returns whether it is gone already. */
  leave (backend: Backend, drainMs: number, why: Departure = 'deleted'): boolean {
    this.#leaving.set(backend, { why, holds: this.#leaving.get(backend)?.holds ?? this.#endHolders(backend) })
    this.#cancelDrain(backend)
    this.#registry.command(backend, 'draining', why)
    const isThere = this.#registry.get(backend.id) === backend
    if (isThere && (backend.inFlight === 0 || drainMs === 0)) this.#remove(backend)
    else if (isThere) this.#cancels.set(backend, this.#clock.after(drainMs, () => { this.#remove(backend, `, with ${backend.inFlight} requests in flight`) }))
    this.onChange()
    return this.#registry.get(backend.id) !== backend
  }

  holdsOf (backend: Backend): Hold[] {
    return this.#holders.get(backend)?.all() ?? []
  }

  close (): void {
    this.#unsubscribe()
    for (const cancel of this.#cancels.values()) cancel()
    this.#cancels.clear()
    for (const holders of this.#holders.values()) holders.close()
  }

  /** Backends that are about to leave are not persisted. */
  isLeaving (backend: Backend): boolean {
    return this.#leaving.has(backend)
  }

  #grantLeases (backend: Backend, holds: readonly Hold[]): void {
    const holders = this.#holders.get(backend) ?? new Holders(this.#clock, (instance) => { this.#onExpired(backend, instance) })
    this.#holders.set(backend, holders)
    for (const hold of holds) holders.grant(hold)
    this.#showHolders(backend)
  }

  #showHolders (backend: Backend): void {
    const holders = this.#holders.get(backend)
    this.#registry.setLease(backend, backend.source === 'registered' ? holders?.lease : undefined, holders?.size ?? 0)
  }

  #onExpired (backend: Backend, instance: string | undefined): void {
    const holders = this.#holders.get(backend)
    if (holders === undefined) return
    if (holders.size > 1) this.#handOver(backend, holders, instance)
    // What stands in BACKENDS stays: its health says whether it is there.
    else if (backend.source === 'configured') this.#endHolders(backend)
    else this.leave(backend, expiredDrainMs, 'its lease expired')
  }

  #handOver (backend: Backend, holders: Holders, instance: string | undefined): void {
    holders.release(instance)
    this.#showHolders(backend)
    this.onHandover(backend)
    this.onChange()
  }

  /** Returns who they were. The lease stays in view until the backend is gone. */
  #endHolders (backend: Backend): Hold[] {
    const holds = this.holdsOf(backend)
    this.#holders.get(backend)?.close()
    this.#holders.delete(backend)
    this.#registry.setLease(backend, backend.lease, 0)
    return holds
  }

  #cancelDrain (backend: Backend): void {
    this.#cancels.get(backend)?.()
    this.#cancels.delete(backend)
  }

  #remove (backend: Backend, remark = ''): void {
    const why = this.#leaving.get(backend)?.why ?? 'deleted'
    this.#cancelDrain(backend)
    this.#leaving.delete(backend)
    this.#gone.set(backend.id, why)
    if (this.#gone.size > maxGone) this.#gone.delete(this.#gone.keys().next().value as string)
    this.#registry.remove(backend, why + remark)
    this.onChange()
  }
}
