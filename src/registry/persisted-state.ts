import { readStatusRange } from '../config/status-range.ts'
import type { Backend, HealthCheckSpec } from '../backends/backend.ts'
import { parseBackendUrl } from '../backends/backend.ts'
import type { Hold } from './holders.ts'
import type { Registrations, Registration } from './registrations.ts'
import type { Registry } from '../services/registry.ts'
import type { PersistedBackend, RegistryState } from './registry-file.ts'
import { viewHealthCheck, type HealthCheckView } from '../backends/health-check-view.ts'

/** What of the registry is to outlive the process. Weights as BACKENDS has them are no decision. */
export function collectState (registry: Registry, registrations: Registrations, configuredWeights: ReadonlyMap<string, number>): RegistryState {
  const backends = registry.backends().filter((backend) => !registrations.isLeaving(backend))
  return {
    version: 1,
    registered: backends
      .filter(({ source }) => source === 'registered')
      .map((backend) => persistedBackend(backend, registrations.holdsOf(backend))),
    configured: backends.filter(({ source }) => source === 'configured').flatMap(({ id, address, weight, desiredState }) => {
      const isAsConfigured = configuredWeights.get(id) === weight
      return isAsConfigured && desiredState === 'ready' ? [] : [{ url: address, ...(!isAsConfigured && { weight }), ...(desiredState !== 'ready' && { state: desiredState }) }]
    })
  }
}

/**
 * Restores what was persisted: registered backends with a fresh lease for each holder, and decisions about configured ones that are
 * still there.
 */
export function restoreState ({ registered, configured }: RegistryState, registry: Registry, registrations: Registrations): void {
  for (const persisted of registered) {
    let backend: Backend | undefined
    for (const { instance, ttlMs } of persisted.holders ?? [{ instance: undefined, ttlMs: persisted.ttlMs }]) {
      ({ backend } = registrations.register({ ...registrationOf(persisted, persisted), instance, ttlMs }, 'restored after a restart'))
    }
    if (backend !== undefined && persisted.state !== undefined) registry.command(backend, persisted.state, 'restored after a restart')
  }
  for (const { url, weight, state } of configured) {
    const backend = registry.backends().find(({ address }) => address === url)
    if (backend === undefined) continue
    if (weight !== undefined) registry.update(backend, { weight })
    if (state !== undefined) registry.command(backend, state, 'restored after a restart')
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

/** What an API body, or the file, says of a backend; the url was read before. */
export function registrationOf ({ url }: { url: string }, said: Said): Registration {
  const { instance, ttlMs, weight = 1 } = said
  return { url: parseBackendUrl(url) as URL, ...specOf(said), instance, ttlMs, weight }
}

/** How a backend is spoken of over the API and in the file. */
export interface Said extends Partial<Pick<PersistedBackend, 'name' | 'weight' | 'zone' | 'backup' | 'ttlMs'>> {
  readonly healthCheck?: HealthCheckView
  readonly instance?: string
}

export function specOf ({ name, weight, zone, backup, healthCheck }: Said) {
  return {
    ...(name !== undefined && { name }),
    ...(weight !== undefined && { weight }),
    ...(zone !== undefined && { zone }),
    ...(backup !== undefined && { isBackup: backup }),
    ...(healthCheck !== undefined && { healthCheck: healthCheckOf(healthCheck) })
  }
}

function healthCheckOf ({ status, ...check }: HealthCheckView): HealthCheckSpec {
  const range = status === undefined ? undefined : readStatusRange(status)
  return range === undefined ? check : { ...check, status: range }
}

function persistedBackend ({ address, name, weight, zone, isBackup, healthCheck, desiredState }: Backend, holders: readonly Hold[]): PersistedBackend {
  const view = viewHealthCheck(healthCheck)
  const [first] = holders
  const isNamed = holders.some(({ instance }) => instance !== undefined)
  return {
    url: address,
    name,
    weight,
    ...(zone !== undefined && { zone }),
    ...(isBackup && { backup: true }),
    ...(Object.keys(view).length > 0 && { healthCheck: view }),
    ...(isNamed ? { holders } : first?.ttlMs !== undefined && { ttlMs: first.ttlMs }),
    ...(desiredState !== 'ready' && { state: desiredState })
  }
}
