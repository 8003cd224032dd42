import type { Backend, BackendState } from '../../src/backends/backend.ts'
import type { BackendSpec, DesiredState, Source, SpecChange } from '../../src/backends/spec.ts'
import { roundRobin } from '../../src/balancing/round-robin.ts'
import { MemoryStore } from '../../src/registry/memory-store.ts'
import { changedEntry, newEntry, type RegistryEntry, type RegistryStore } from '../../src/registry/store.ts'
import { EventLog } from '../../src/services/events.ts'
import type { RoutingFacts } from '../../src/services/routing-facts.ts'
import { Service, type ServiceSurroundings } from '../../src/services/service.ts'
import type { ServiceLimits, ServiceSettings } from '../../src/services/service-settings.ts'
import { FakeClock } from './clock.ts'

/** A request without a key and without a cookie. */
export const anyRequest: RoutingFacts = { key: '', sticky: undefined }

const stores = new WeakMap<Service, RegistryStore>()

export interface TestServiceOptions
  extends Partial<Omit<ServiceSettings, 'limits'>>, Partial<ServiceSurroundings>, Partial<ServiceLimits> {}

/** A service with these backends, not checked yet, on a clock that stands still, and a list of its transitions that grows. */
export function createTestService (backends: Array<string | Partial<BackendSpec>>, options: TestServiceOptions = {}) {
  const clock = new FakeClock()
  const random = (): number => 0
  const store = new MemoryStore()
  const { maxRequestsPerBackend = 1024, queueSize = 1024, queueTimeoutMs = 5000, retryBudgetPercent = 20, ...rest } = options
  const settings = {
    balancer: 'round-robin',
    createBalancer: () => roundRobin({ clock, random }),
    thresholds: { fall: 3, rise: 2 },
    outliers: { failures: 5, ejectMs: 10_000, maxEjectedPercent: 50 },
    probeTimeoutMs: 5000,
    limits: { maxRequestsPerBackend, queueSize, queueTimeoutMs, retryBudgetPercent },
    slowStartMs: 0,
    zone: undefined,
    sticky: undefined,
    ...rest
  }
  const service = new Service('default', settings, { store, events: new EventLog(), clock, random, ...rest })
  stores.set(service, store)
  const transitions: Array<{ backend: Backend, from: BackendState, to: BackendState, why: string }> = []
  service.events.subscribe((event) => {
    if (event.type !== 'transition') return
    const { backend, from, to, why } = event
    transitions.push({ backend, from, to, why })
  })
  const added = backends.map((backend) => add(service, typeof backend === 'string' ? { name: backend } : backend))
  return { service, store, backends: added, transitions, clock }
}

/** The services, where there is this one alone. */
export function alone (service: Service) {
  return {
    all: () => [service],
    backends: () => service.backends(),
    find: (id: string) => service.get(id),
    of: () => service,
    events: service.events,
    watchRefusals: (listener: (backend: Backend) => void) => service.watchRefusals(listener)
  }
}

/** Puts a backend into the registry of the service. */
export function add (service: Service, spec: Partial<BackendSpec>, source: Source = 'configured'): Backend {
  const entry = newEntry({ url: `http://${spec.name}`, name: 'a', weight: 1, ...spec }, source)
  storeOf(service).put(entry, source)
  return service.get(entry.id) as Backend
}

export function remove (service: Service, { id }: Backend, why: string): void {
  storeOf(service).remove(id, why)
}

/** What an operator wants of the backend from now on. */
export function command (service: Service, { id }: Backend, desiredState: DesiredState, why: string): void {
  storeOf(service).put({ ...entryOf(service, id), desiredState }, why)
}

/** What is said of the backend from now on. */
export function update (service: Service, { id }: Backend, change: SpecChange): void {
  storeOf(service).put(changedEntry(entryOf(service, id), change), 'operator')
}

export function passes (service: Service, ...backends: readonly Backend[]): void {
  for (const backend of backends) service.reportCheck(backend, { passed: true, detail: 'status 200', durationMs: 1, at: 0 })
}

export function fails (service: Service, ...backends: readonly Backend[]): void {
  for (const backend of backends) service.reportCheck(backend, { passed: false, detail: 'connection refused', durationMs: 1, at: 0 })
}

function storeOf (service: Service): RegistryStore {
  return stores.get(service) as RegistryStore
}

function entryOf (service: Service, id: string): RegistryEntry {
  return storeOf(service).get(id) as RegistryEntry
}
