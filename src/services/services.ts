import type { Backend } from '../backends/backend.ts'
import { defaultService } from '../backends/address.ts'
import { Subscribers } from '../base/subscribers.ts'
import { EventLog } from './events.ts'
import type { ManagedBackend } from './managed-backend.ts'
import { Service, type ServiceSurroundings } from './service.ts'
import type { ServiceSettings } from './service-settings.ts'
import type { SharedService } from './shared-service.ts'

export interface ServicesOptions extends Omit<ServiceSurroundings, 'events'> {
  /** What holds for a service of this name from the time when it is made. */
  readonly settingsFor: (name: string) => ServiceSettings
}

/**
 * All services, by their names: `default`, those that were asked for, and each one that a backend in the registry belongs to. All
 * events are in one log, whose ids are one sequence.
 */
export class Services {
  readonly events = new EventLog()
  readonly default: Service
  readonly #options: ServicesOptions
  readonly #byName = new Map<string, Service>()
  readonly #refusals = new Subscribers<Backend>()
  readonly #probes = new Subscribers<ManagedBackend>()
  readonly #unwatch: () => void

  constructor (options: ServicesOptions) {
    this.#options = options
    this.default = this.open(defaultService)
    for (const { service } of options.store.snapshot()) this.open(service)
    this.#unwatch = options.store.watch(({ type, entry }) => { if (type === 'put') this.open(entry.service) })
  }

  /** In the order in which they were made. */
  all (): readonly Service[] {
    return [...this.#byName.values()]
  }

  get (name: string): Service | undefined {
    return this.#byName.get(name)
  }

  /** The service of this name, made now where there is none. */
  open (name: string): Service {
    const known = this.#byName.get(name)
    if (known !== undefined) return known
    const service = new Service(name, this.#options.settingsFor(name), { ...this.#options, events: this.events })
    this.#byName.set(name, service)
    service.watchRefusals((backend) => { this.#refusals.notify(backend) })
    service.shared.watchProbes((backend) => { this.#probes.notify(backend) })
    return service
  }

  /** What is in flight there goes on. Its backends must have left before. */
  remove (name: string): void {
    if (name === defaultService) return
    this.#byName.get(name)?.close()
    this.#byName.delete(name)
  }

  /** The backends of all services. */
  backends (): readonly Backend[] {
    return this.all().flatMap((service) => service.backends())
  }

  /** The backend of this id, whichever service it belongs to. */
  find (id: string): Backend | undefined {
    for (const service of this.#byName.values()) {
      const backend = service.get(id)
      if (backend !== undefined) return backend
    }
    return undefined
  }

  /** The service that a backend belongs to; undefined for one of a service that is no more. */
  of ({ service }: Pick<Backend, 'service'>): Service | undefined {
    return this.#byName.get(service)
  }

  isInRotation (backend: Backend): boolean {
    return this.of(backend)?.isInRotation(backend) ?? false
  }

  /** How many backends are in rotation, in all services. */
  get inRotation (): number {
    return this.all().reduce((sum, { rotation }) => sum + rotation.length, 0)
  }

  /** Requests that wait for a backend, in all services. */
  get queued (): number {
    return this.all().reduce((sum, { queue }) => sum + queue.length, 0)
  }

  /** Calls `listener` with each backend that has refused a connection; returns the function that ends this. */
  watchRefusals (listener: (backend: Backend) => void): () => void {
    return this.#refusals.subscribe(listener)
  }

  /** Calls `listener` with each ejected backend that may be probed from now on; returns the function that ends this. */
  watchProbes (listener: (backend: ManagedBackend) => void): () => void {
    return this.#probes.subscribe(listener)
  }

  /** The backend of this id, and what other processes have to do with its service. */
  findShared (id: string): { readonly backend: ManagedBackend, readonly shared: SharedService } | undefined {
    for (const { shared } of this.#byName.values()) {
      const backend = shared.members.get(id)
      if (backend !== undefined) return { backend, shared }
    }
    return undefined
  }

  /** Ends what goes on in the background, and gives up on nothing that is queued. */
  close (): void {
    this.#unwatch()
    for (const service of this.#byName.values()) service.close()
  }
}
