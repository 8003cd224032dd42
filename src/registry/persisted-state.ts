import { parseBackendUrl } from '../backends/address.ts'
import { viewHealthCheck } from '../backends/health-check-view.ts'
import type { PersistedBackend, RegistryState } from './file-schema.ts'
import type { Hold } from './holders.ts'
import type { Registrations } from './registrations.ts'
import { registrationOf } from './said.ts'
import type { RegistryEntry, RegistryStore } from './store.ts'

/** What of the registry is to outlive the process. Weights as BACKENDS has them (by id) are no decision. */
export function collectState (
  store: RegistryStore, registrations: Registrations, configuredWeights: ReadonlyMap<string, number>
): RegistryState {
  const entries = store.snapshot().filter(({ id }) => !registrations.isLeaving(id))
  return {
    version: 1,
    registered: entries
      .filter(({ source }) => source === 'registered')
      .map((entry) => persistedBackend(entry, registrations.holdsOf(entry.id))),
    configured: entries.filter(({ source }) => source === 'configured').flatMap(({ id, spec: { url, weight }, desiredState }) => {
      const decision = { ...(configuredWeights.get(id) !== weight && { weight }), ...(desiredState !== 'ready' && { state: desiredState }) }
      return Object.keys(decision).length === 0 ? [] : [{ url, ...decision }]
    })
  }
}

const why = 'restored after a restart'

/**
 * Restores what was persisted: registered backends with a fresh lease for each holder, and decisions about configured ones that are
 * still there.
 */
export function restoreState ({ registered, configured }: RegistryState, store: RegistryStore, registrations: Registrations): void {
  for (const { holders, state, ...said } of registered) {
    let id = ''
    for (const { instance, ttlMs } of holders ?? [{ ttlMs: said.ttlMs }] as Hold[]) {
      ({ id } = registrations.register({ ...registrationOf(said), instance, ttlMs }, why))
    }
    if (state !== undefined) registrations.change(id, { desiredState: state }, why)
  }
  for (const { url, weight, state } of configured) {
    const entry = store.snapshot().find(({ spec }) => spec.url === url)
    if (entry === undefined) continue
    registrations.change(entry.id, { ...(weight !== undefined && { weight }), ...(state !== undefined && { desiredState: state }) }, why)
  }
}

/** What speaks against the urls in a state whose shape is right; undefined if nothing does. */
export function problemWithUrls ({ registered }: RegistryState): string | undefined {
  for (const { url } of registered) {
    const problem = parseBackendUrl(url)
    if (typeof problem === 'string') return `"${url}": ${problem}`
  }
  return undefined
}

function persistedBackend ({ spec, desiredState }: RegistryEntry, holders: readonly Hold[]): PersistedBackend {
  const { url, name, weight, zone, isBackup = false } = spec
  const healthCheck = viewHealthCheck(spec.healthCheck ?? {})
  const [first] = holders
  const isNamed = holders.some(({ instance }) => instance !== undefined)
  return {
    url,
    name,
    weight,
    ...(zone !== undefined && { zone }),
    ...(isBackup && { backup: true }),
    ...(Object.keys(healthCheck).length > 0 && { healthCheck }),
    ...(isNamed ? { holders: holders.map(persistedHold) } : first?.ttlMs !== undefined && { ttlMs: first.ttlMs }),
    ...(desiredState !== 'ready' && { state: desiredState })
  }
}

function persistedHold ({ instance, ttlMs }: Hold) {
  return { ...(instance !== undefined && { instance }), ...(ttlMs !== undefined && { ttlMs }) }
}
