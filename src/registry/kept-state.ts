import { readStatusRange } from '../config/status-range.ts'
import type { Backend, CheckSpec } from '../backends/backend.ts'
import { parseBackendUrl } from '../backends/backend.ts'
import type { Hold } from './holders.ts'
import type { Registrations, Registration } from './registrations.ts'
import type { Registry } from '../services/registry.ts'
import type { KeptBackend, RegistryState } from './registry-file.ts'
import { viewCheck, type CheckView } from '../backends/check-view.ts'

/** What of the registry is to outlive the process. Weights as BACKENDS has them are no decision. */
export function collectState (registry: Registry, registrations: Registrations, configuredWeights: ReadonlyMap<string, number>): RegistryState {
  const backends = registry.backends().filter((backend) => !registrations.isLeaving(backend))
  return {
    version: 1,
    registered: backends
      .filter(({ source }) => source === 'registered')
      .map((backend) => keptBackend(backend, registrations.holdsOf(backend))),
    configured: backends.filter(({ source }) => source === 'configured').flatMap(({ id, address, weight, will }) => {
      const isAsConfigured = configuredWeights.get(id) === weight
      return isAsConfigured && will === 'ready' ? [] : [{ url: address, ...(!isAsConfigured && { weight }), ...(will !== 'ready' && { state: will }) }]
    })
  }
}

/**
 * Brings back what was kept: registered backends with a fresh lease for each holder, and decisions about configured ones that are
 * still there.
 */
export function restoreState ({ registered, configured }: RegistryState, registry: Registry, registrations: Registrations): void {
  for (const kept of registered) {
    let backend: Backend | undefined
    for (const { instance, ttlMs } of kept.holders ?? [{ instance: undefined, ttlMs: kept.ttlMs }]) {
      ({ backend } = registrations.register({ ...registrationOf(kept, kept), instance, ttlMs }, 'kept over a restart'))
    }
    if (backend !== undefined && kept.state !== undefined) registry.command(backend, kept.state, 'kept over a restart')
  }
  for (const { url, weight, state } of configured) {
    const backend = registry.backends().find(({ address }) => address === url)
    if (backend === undefined) continue
    if (weight !== undefined) registry.update(backend, { weight })
    if (state !== undefined) registry.command(backend, state, 'kept over a restart')
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
export interface Said extends Partial<Pick<KeptBackend, 'name' | 'weight' | 'zone' | 'backup' | 'ttlMs'>> {
  readonly healthCheck?: CheckView
  readonly instance?: string
}

export function specOf ({ name, weight, zone, backup, healthCheck }: Said) {
  return {
    ...(name !== undefined && { name }),
    ...(weight !== undefined && { weight }),
    ...(zone !== undefined && { zone }),
    ...(backup !== undefined && { isBackup: backup }),
    ...(healthCheck !== undefined && { check: checkOf(healthCheck) })
  }
}

function checkOf ({ status, ...check }: CheckView): CheckSpec {
  const range = status === undefined ? undefined : readStatusRange(status)
  return range === undefined ? check : { ...check, status: range }
}

function keptBackend ({ address, name, weight, zone, isBackup, check, will }: Backend, holders: readonly Hold[]): KeptBackend {
  const healthCheck = viewCheck(check)
  const [first] = holders
  const isNamed = holders.some(({ instance }) => instance !== undefined)
  return {
    url: address,
    name,
    weight,
    ...(zone !== undefined && { zone }),
    ...(isBackup && { backup: true }),
    ...(Object.keys(healthCheck).length > 0 && { healthCheck }),
    ...(isNamed ? { holders } : first?.ttlMs !== undefined && { ttlMs: first.ttlMs }),
    ...(will !== 'ready' && { state: will })
  }
}
