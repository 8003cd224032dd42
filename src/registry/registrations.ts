import { addressText, defaultService, idOf } from '../backends/address.ts'
import type { BackendSpec, DesiredState, SpecChange } from '../backends/spec.ts'
import type { Clock } from '../base/clock.ts'
import { Subscribers } from '../base/subscribers.ts'
import { Holders, maxHolders, type Hold } from './holders.ts'
import { changedEntry, newEntry, type RegistryStore } from './store.ts'

/** What a backend says when it registers. */
export interface Registration extends Omit<BackendSpec, 'name' | 'url'>, Hold {
  readonly url: URL
  /** By default `default`. One url in two services is two backends. */
  readonly service?: string
  /** By default the host and port of its url. */
  readonly name?: string
}

/** What an operator changes. */
export interface Change extends SpecChange {
  readonly desiredState?: DesiredState
}

/** Why a backend goes: an operator wants it, all that served it have left, none gave a sign of life, or it is not named any more. */
export type Departure = 'deleted' | 'it left' | 'its lease expired' | 'no longer in the configuration file' | 'no longer in DNS'

interface Leaving {
  readonly why: Departure
  /** Who held it: an operator may want it back. */
  readonly holds: readonly Hold[]
}

export interface RegistrationsOptions {
  readonly store: RegistryStore
  readonly clock: Clock
  /** Requests in flight at the backend of this id. */
  readonly inFlight: (id: string) => number
}

/** How long the open requests of a backend whose lease has expired may still take. */
const expiredDrainMs = 30_000

/** How many ids of backends that have left are remembered, to tell them from those that were never there. */
const maxGone = 10_000

/** Backends that come and go while the gateway runs: their leases, and the drain before they go. All of them go by their ids. */
export class Registrations {
  /** What should survive a restart has changed. */
  readonly changes = new Subscribers<undefined>()
  /** One of several holders of this backend has left: connections that lead to it are not to be used again. */
  readonly handovers = new Subscribers<string>()
  readonly #store: RegistryStore
  readonly #clock: Clock
  readonly #inFlight: (id: string) => number
  readonly #holders = new Map<string, Holders>()
  /** What ends the drain of a backend; called, it is cancelled. */
  readonly #cancels = new Map<string, () => void>()
  /** Those that drain before they go. */
  readonly #leaving = new Map<string, Leaving>()
  /** Why it went. */
  readonly #gone = new Map<string, Departure>()

  constructor ({ store, clock, inFlight }: RegistrationsOptions) {
    this.#store = store
    this.#clock = clock
    this.#inFlight = inFlight
  }

  /** Whether there was a backend of this id that has left. */
  isGone (id: string): boolean {
    return this.#gone.has(id)
  }

  /** Whether the backend of this id was deleted, or will be when its requests are done: it is not to come back by itself. */
  isDeleted (id: string): boolean {
    return (this.#store.get(id) === undefined ? this.#gone.get(id) : this.#leaving.get(id)?.why) === 'deleted'
  }

  /** Whether the backend of this id has as many holders as there may be, and this would be one more. */
  isCrowded (id: string, instance: string | undefined): boolean {
    const holders = this.#holders.get(id)
    return holders !== undefined && holders.size >= maxHolders && !holders.has(instance)
  }

  /** Takes a backend in, or renews and updates the one of this url and service; a draining one is ready again. */
  register (registration: Registration, why = 'registered'): { id: string, isNew: boolean } {
    const { url, service = defaultService, name = url.host, ttlMs, instance, ...said } = registration
    const address = addressText(url)
    const id = idOf(address, service)
    const known = this.#store.get(id)
    if (known === undefined) this.#store.put(newEntry({ url: address, name, ...said }, 'registered', service), why)
    else {
      this.#leaving.delete(id)
      this.#cancelDrain(id)
      const { isBackup = false, healthCheck = {}, routes = [] } = said
      const entry = changedEntry(known, { ...said, name, isBackup, healthCheck, routes })
      const isBack = known.desiredState === 'draining'
      this.#store.put(isBack ? { ...entry, desiredState: 'ready' } : entry, isBack ? 'registered again' : why)
    }
    this.#gone.delete(id)
    if (this.#store.get(id)?.source === 'registered' || instance !== undefined) this.#grantLeases(id, [{ instance, ttlMs }])
    this.changes.notify(undefined)
    return { id, isNew: known === undefined }
  }

  /**
   * A holder is alive: its lease begins anew. Returns whether it has one. One that is not known yet gets it, for `ttlMs`, where
   * an operator's word is not to be undone by a registration: the backend stands in BACKENDS, or was added by hand.
   */
  renew (id: string, instance?: string, ttlMs?: number): boolean {
    const entry = this.#store.get(id)
    if (entry === undefined || this.#leaving.has(id)) return false
    const holders = this.#holders.get(id)
    if (holders?.renew(instance) === true) {
      this.#showHolders(id)
      return true
    }
    const isOperators = entry.source === 'configured' || holders?.isUnattended === true
    if (!isOperators || instance === undefined || ttlMs === undefined) return false
    this.#grantLeases(id, [{ instance, ttlMs }])
    this.changes.notify(undefined)
    return true
  }

  /** What an operator says of a backend that is there. */
  change (id: string, { desiredState, ...said }: Change, why = 'operator'): void {
    const entry = this.#store.get(id)
    if (entry === undefined) return
    this.#store.put(changedEntry(entry, said, desiredState), why)
    const leaving = desiredState === 'ready' ? this.#leaving.get(id) : undefined
    if (leaving !== undefined) {
      this.#leaving.delete(id)
      this.#cancelDrain(id)
      this.#grantLeases(id, leaving.holds)
    }
    this.changes.notify(undefined)
  }

  /** One holder leaves. Unless there are others, so does the backend; one from BACKENDS stays, draining. Returns whether it is gone. */
  release (id: string, instance: string, drainMs: number): boolean {
    const entry = this.#store.get(id)
    if (entry === undefined) return true
    const holders = this.#holders.get(id)
    if (holders !== undefined && (holders.size > 1 || !holders.has(instance))) this.#handOver(id, holders, instance)
    else if (entry.source === 'configured') {
      this.#endHolders(id)
      if (entry.desiredState === 'ready') this.#setDesiredState(id, 'draining', 'it left')
      this.changes.notify(undefined)
    } else if (!this.#leaving.has(id)) return this.leave(id, drainMs, 'it left')
    return false
  }

  /** Has the backend finish its open requests, for `drainMs` at most, and then removes it. Returns whether it is gone already. */
  leave (id: string, drainMs: number, why: Departure = 'deleted'): boolean {
    this.#leaving.set(id, { why, holds: this.#leaving.get(id)?.holds ?? this.#endHolders(id) })
    this.#cancelDrain(id)
    this.#setDesiredState(id, 'draining', why)
    const isThere = this.#store.get(id) !== undefined
    if (isThere && (this.#inFlight(id) === 0 || drainMs === 0)) this.#remove(id)
    else if (isThere) {
      const remove = (): void => { this.#remove(id, `, with ${this.#inFlight(id)} requests in flight`) }
      this.#cancels.set(id, this.#clock.after(drainMs, remove))
    }
    this.changes.notify(undefined)
    return this.#store.get(id) === undefined
  }

  /** The backend of this id has no request in flight any more. */
  onDrained (id: string): void {
    if (this.#leaving.has(id)) this.#remove(id)
  }

  holdsOf (id: string): Hold[] {
    return this.#holders.get(id)?.all() ?? []
  }

  close (): void {
    for (const cancel of this.#cancels.values()) cancel()
    this.#cancels.clear()
    for (const holders of this.#holders.values()) holders.close()
  }

  /** Backends that are about to leave are not persisted. */
  isLeaving (id: string): boolean {
    return this.#leaving.has(id)
  }

  #setDesiredState (id: string, desiredState: DesiredState, why: string): void {
    const entry = this.#store.get(id)
    if (entry !== undefined) this.#store.put({ ...entry, desiredState }, why)
  }

  #grantLeases (id: string, holds: readonly Hold[]): void {
    const holders = this.#holders.get(id) ?? new Holders(this.#clock, (instance) => { this.#onExpired(id, instance) })
    this.#holders.set(id, holders)
    for (const hold of holds) holders.grant(hold)
    this.#showHolders(id)
  }

  #showHolders (id: string): void {
    const holders = this.#holders.get(id)
    const isRegistered = this.#store.get(id)?.source === 'registered'
    this.#store.renew(id, isRegistered ? holders?.lease : undefined, holders?.size ?? 0)
  }

  #onExpired (id: string, instance: string | undefined): void {
    const holders = this.#holders.get(id)
    if (holders === undefined) return
    if (holders.size > 1) this.#handOver(id, holders, instance)
    // What stands in BACKENDS stays: its health says whether it is there.
    else if (this.#store.get(id)?.source === 'configured') this.#endHolders(id)
    else this.leave(id, expiredDrainMs, 'its lease expired')
  }

  #handOver (id: string, holders: Holders, instance: string | undefined): void {
    holders.release(instance)
    this.#showHolders(id)
    this.handovers.notify(id)
    this.changes.notify(undefined)
  }

  /** Returns who they were. The lease stays in view until the backend is gone. */
  #endHolders (id: string): Hold[] {
    const holds = this.holdsOf(id)
    this.#holders.get(id)?.close()
    this.#holders.delete(id)
    this.#store.renew(id, this.#store.get(id)?.lease, 0)
    return holds
  }

  #cancelDrain (id: string): void {
    this.#cancels.get(id)?.()
    this.#cancels.delete(id)
  }

  #remove (id: string, remark = ''): void {
    const why = this.#leaving.get(id)?.why ?? 'deleted'
    this.#cancelDrain(id)
    this.#leaving.delete(id)
    this.#gone.set(id, why)
    if (this.#gone.size > maxGone) this.#gone.delete(this.#gone.keys().next().value as string)
    this.#store.remove(id, why + remark)
    this.changes.notify(undefined)
  }
}
