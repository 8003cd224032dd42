import type { Clock } from '../base/clock.ts'
import { Subscribers } from '../base/subscribers.ts'
import { differences } from '../backends/spec.ts'
import type { RegistryChange, RegistryEntry, RegistryStore } from '../registry/store.ts'
import type { EventLog, Happening } from './events.ts'
import { ManagedBackend } from './managed-backend.ts'
import { buildRotation, checkedCount, emptyRotation, type Rotation } from './rotation.ts'
import { SlowStart } from './slow-start.ts'

export interface MembersSettings {
  /** The zone to prefer, if any. */
  readonly zone: string | undefined
  /** 0: a backend has its whole weight at once. */
  readonly slowStartMs: number
}

export interface MembersOptions extends MembersSettings {
  /** The name of the service. */
  readonly name: string
  readonly store: RegistryStore
  readonly events: EventLog
  readonly clock: Clock
  /** A backend is no more; called before anything else hears of it. */
  readonly onLeave: (backend: ManagedBackend) => void
}

/** The backends of a service as the registry has them, which of them are in rotation, and what happens to them. */
export class Members {
  readonly #options: MembersOptions
  readonly #byId = new Map<string, ManagedBackend>()
  readonly #slowStart: SlowStart
  readonly #changes = new Subscribers<undefined>()
  readonly #unwatch: () => void
  #zone: string | undefined
  #rotation: Rotation = emptyRotation

  constructor (options: MembersOptions) {
    this.#options = options
    this.#zone = options.zone
    this.#slowStart = new SlowStart(options.clock, options.slowStartMs, () => { this.#changed() })
    for (const entry of options.store.snapshot()) if (entry.service === options.name) this.#put(entry, entry.source)
    this.#unwatch = options.store.watch((change) => { this.#follow(change) })
  }

  configure ({ zone, slowStartMs }: MembersSettings): void {
    this.#zone = zone
    this.#slowStart.configure(slowStartMs)
    this.#changed()
  }

  get rotation (): Rotation {
    return this.#rotation
  }

  /** In the order in which they joined. */
  all (): ManagedBackend[] {
    return [...this.#byId.values()]
  }

  get size (): number {
    return this.#byId.size
  }

  get (id: string): ManagedBackend | undefined {
    return this.#byId.get(id)
  }

  /** Calls `listener` after each change of what decides where requests can go; returns the function that ends this. */
  watch (listener: () => void): () => void {
    return this.#changes.subscribe(listener)
  }

  /** Does `change`, and tells of it when the state is another one afterwards. */
  change (backend: ManagedBackend, why: string, change: () => void): void {
    const from = backend.state
    change()
    const to = backend.state
    if (to !== from) this.#changed({ type: 'transition', backend, from, to, why })
  }

  tell (happening: Happening & { readonly backend: ManagedBackend }): void {
    const { type, backend, why } = happening
    const at = this.#options.clock.date()
    if (type === 'join' || type === 'transition') backend.entered = { at, why }
    this.#options.events.add(happening, at, checkedCount(this.#rotation))
  }

  /** Its weight grows from now on; takes effect with the change that it is a part of. */
  startSlowly (backend: ManagedBackend, agoMs?: number): void {
    this.#slowStart.begin(backend, agoMs)
  }

  /** For how long its weight has grown, in ms; undefined where it has its whole weight. */
  slowStartAge (backend: ManagedBackend): number | undefined {
    return this.#slowStart.ageOf(backend)
  }

  close (): void {
    this.#unwatch()
    this.#slowStart.close()
  }

  #follow (change: RegistryChange): void {
    const { type, entry } = change
    if (entry.service !== this.#options.name) return
    if (type === 'remove') return this.#remove(entry.id, change.why)
    // A listener of an earlier change may have written a later one, which has been followed then.
    if (this.#options.store.get(entry.id) !== entry) return
    if (type === 'put') return this.#put(entry, change.why)
    const backend = this.#byId.get(entry.id)
    if (backend !== undefined) backend.entry = entry
  }

  #put (entry: RegistryEntry, why: string): void {
    const known = this.#byId.get(entry.id)
    if (known === undefined) {
      const backend = new ManagedBackend(entry)
      this.#byId.set(entry.id, backend)
      return this.#changed({ type: 'join', backend, why })
    }
    const { spec, desiredState } = known.entry
    const news = spec === entry.spec ? '' : differences(spec, entry.spec)
    known.entry = { ...entry, desiredState }
    if (news !== '') {
      this.#changed({ type: 'change', backend: known, why: news })
      if (this.#options.store.get(entry.id) !== entry) return
    }
    this.change(known, why, () => {
      if (entry.desiredState === 'ready' && desiredState !== 'ready') this.#slowStart.begin(known)
      known.entry = entry
    })
  }

  /** Its open requests go on. */
  #remove (id: string, why: string): void {
    const backend = this.#byId.get(id)
    if (backend === undefined) return
    this.#byId.delete(id)
    this.#slowStart.forget(backend)
    this.#options.onLeave(backend)
    this.#changed({ type: 'leave', backend, why })
  }

  /** All that decides where requests can go has changed through here, so that those that wait hear of it. */
  #changed (happening?: Happening & { readonly backend: ManagedBackend }): void {
    this.#slowStart.grow()
    this.#rotation = buildRotation(this.all(), this.#zone)
    if (happening !== undefined) this.tell(happening)
    this.#changes.notify(undefined)
  }
}
