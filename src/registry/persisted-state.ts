import { defaultService, idOf, parseBackendUrl } from '../backends/address.ts'
import { viewHealthCheck } from '../backends/health-check-view.ts'
import type { AnnouncedRoute, BackendSpec } from '../backends/spec.ts'
import type { KeptRoute } from './announcement.ts'
import type { PersistedBackend, PersistedDecision, PersistedDiscovered, PersistedRoute, RegistryState } from './file-schema.ts'
import type { Hold } from './holders.ts'
import type { Registrations } from './registrations.ts'
import { registrationOf } from './said.ts'
import type { RegistryEntry, RegistryStore } from './store.ts'

export interface StateSources {
  readonly store: RegistryStore
  readonly registrations: Registrations
  /** By id: weights as BACKENDS and the configuration file have them are no decision. */
  readonly configuredWeights: ReadonlyMap<string, number>
  /** Routes whose backends have all left. */
  readonly keptRoutes: () => readonly KeptRoute[]
  /** What DNS said before the restart of services that it has not answered for since. */
  readonly discovered: readonly PersistedDiscovered[]
  readonly writeRoute: (route: AnnouncedRoute) => PersistedRoute
}

/** What of the registry is to outlive the process: in the first version of the file as long as that can say it. */
export function collectState (sources: StateSources): RegistryState {
  const { store, registrations, configuredWeights, writeRoute } = sources
  const entries = store.snapshot().filter(({ id }) => !registrations.isLeaving(id))
  const registered = entries
    .filter(({ source }) => source === 'registered')
    .map((entry) => persistedBackend(entry, registrations.holdsOf(entry.id), writeRoute))
  const configured = entries.filter(({ source }) => source === 'configured').flatMap((entry): PersistedDecision[] => {
    const { id, spec: { url, weight }, desiredState } = entry
    const decision = {
      ...(configuredWeights.get(id) !== weight && { weight }),
      ...(desiredState !== 'ready' && { state: desiredState }),
      ...persistedRoutes(entry, writeRoute)
    }
    return Object.keys(decision).length === 0 ? [] : [{ url, ...persistedService(entry), ...decision }]
  })
  const routes = sources.keptRoutes().map(({ route, ...kept }) => ({ ...kept, route: writeRoute(route) }))
  const discovered = [...entries.filter(({ source }) => source === 'dns').map(persistedDiscovered), ...sources.discovered]
  const isOld = [...registered, ...configured].every((each) => each.service === undefined && each.routes === undefined) &&
    registered.every(({ protocol, sendProxy }) => protocol === undefined && sendProxy === undefined)
  if (isOld && routes.length === 0 && discovered.length === 0) return { version: 1, registered, configured }
  return { version: 2, registered, configured, routes, discovered }
}

export interface RestoreOptions {
  readonly store: RegistryStore
  readonly registrations: Registrations
  /** Returns what is wrong, in words, with a route that cannot be one. */
  readonly readRoute: (route: PersistedRoute) => AnnouncedRoute | string
  /** One route is left out; all else is restored. */
  readonly onRefused: (service: string, why: string) => void
}

const why = 'restored after a restart'

/**
 * Restores what was persisted: registered backends with a fresh lease for each holder, and decisions about configured ones that are
 * still there. Returns the routes without backends. The backends that were discovered are left to their discovery.
 */
export function restoreState (state: RegistryState, { store, registrations, readRoute, onRefused }: RestoreOptions): KeptRoute[] {
  function read (service: string, said: PersistedRoute): AnnouncedRoute[] {
    const route = readRoute(said)
    if (typeof route !== 'string') return [route]
    onRefused(service, route)
    return []
  }

  function routesOf ({ service = defaultService, routes }: Pick<PersistedBackend, 'service' | 'routes'>) {
    return routes !== undefined && { routes: routes.flatMap((route) => read(service, route)) }
  }

  for (const backend of state.registered as readonly PersistedBackend[]) {
    const { holders, state: desiredState, ...said } = backend
    const registration = registrationOf({ ...said, ...routesOf(backend) } as Parameters<typeof registrationOf>[0])
    let id = ''
    for (const { instance, ttlMs } of holders ?? [{ ttlMs: said.ttlMs }] as Hold[]) {
      ({ id } = registrations.register({ ...registration, instance, ttlMs }, why))
    }
    if (desiredState !== undefined) registrations.change(id, { desiredState }, why)
  }
  for (const decision of state.configured as readonly PersistedDecision[]) {
    const { url, service, weight, state: desiredState } = decision
    const id = idOf(url, service)
    if (store.get(id) === undefined) continue
    const change = { ...(weight !== undefined && { weight }), ...(desiredState !== undefined && { desiredState }), ...routesOf(decision) }
    registrations.change(id, change, why)
  }
  const kept = 'routes' in state ? state.routes : []
  return kept.flatMap(({ service, route, endsAt }) => read(service, route).map((each) => ({ service, route: each, endsAt })))
}

/** What DNS last said, as backends of their services. */
export function discoveredIn (state: RegistryState): readonly PersistedDiscovered[] {
  return 'discovered' in state ? state.discovered : []
}

export function specOfDiscovered ({ url, name, weight, backup }: PersistedDiscovered): BackendSpec {
  return { url, name, weight, ...(backup === true && { isBackup: true }) }
}

/** What speaks against the urls in a state whose shape is right; undefined if nothing does. */
export function problemWithUrls (state: RegistryState): string | undefined {
  for (const { url } of [...state.registered, ...discoveredIn(state)]) {
    const problem = parseBackendUrl(url)
    if (typeof problem === 'string') return `"${url}": ${problem}`
  }
  return undefined
}

function persistedBackend (
  entry: RegistryEntry, holders: readonly Hold[], writeRoute: (route: AnnouncedRoute) => PersistedRoute
): PersistedBackend {
  const { spec, desiredState } = entry
  const { url, name, protocol, sendProxy, weight, zone, isBackup = false } = spec
  const healthCheck = viewHealthCheck(spec.healthCheck ?? {})
  const [first] = holders
  const isNamed = holders.some(({ instance }) => instance !== undefined)
  return {
    url,
    ...persistedService(entry),
    name,
    ...(protocol !== undefined && { protocol }),
    ...(sendProxy !== undefined && { sendProxy }),
    weight,
    ...(zone !== undefined && { zone }),
    ...(isBackup && { backup: true }),
    ...(Object.keys(healthCheck).length > 0 && { healthCheck }),
    ...(isNamed ? { holders: holders.map(persistedHold) } : first?.ttlMs !== undefined && { ttlMs: first.ttlMs }),
    ...(desiredState !== 'ready' && { state: desiredState }),
    ...persistedRoutes(entry, writeRoute)
  }
}

function persistedService ({ service }: RegistryEntry) {
  return service !== defaultService && { service }
}

function persistedRoutes ({ spec: { routes = [] } }: RegistryEntry, writeRoute: (route: AnnouncedRoute) => PersistedRoute) {
  return routes.length > 0 && { routes: routes.map(writeRoute) }
}

function persistedDiscovered ({ service, spec: { url, name, weight, isBackup = false } }: RegistryEntry): PersistedDiscovered {
  return { url, service, name, weight, ...(isBackup && { backup: true }) }
}

function persistedHold ({ instance, ttlMs }: Hold) {
  return { ...(instance !== undefined && { instance }), ...(ttlMs !== undefined && { ttlMs }) }
}
