import type { Backend, BackendSpec, BackendState } from '../../src/backends/backend.ts'
import { Registry, type RegistryOptions } from '../../src/services/registry.ts'
import { roundRobin } from '../../src/balancing/round-robin.ts'
import { FakeClock } from './clock.ts'

/** A registry with these backends, not checked yet, on a clock that stands still, and a list of its transitions that grows. */
export function createTestRegistry (backends: Array<string | Partial<BackendSpec>>, options: Partial<RegistryOptions> = {}) {
  const clock = new FakeClock()
  const random = (): number => 0
  const registry = new Registry({
    createBalancer: () => roundRobin({ clock, random }),
    clock,
    random,
    thresholds: { fall: 3, rise: 2 },
    outliers: { failures: 5, ejectMs: 10_000, maxEjectedPercent: 50 },
    probeTimeoutMs: 5000,
    maxRequestsPerBackend: 1024,
    slowStartMs: 0,
    zone: undefined,
    ...options
  })
  const transitions: Array<{ backend: Backend, from: BackendState, to: BackendState, why: string }> = []
  registry.events.subscribe((event) => {
    if (event.type !== 'transition') return
    const { backend, from, to, why } = event
    transitions.push({ backend, from, to, why })
  })
  const added = backends.map((backend) => {
    const spec = typeof backend === 'string' ? { name: backend } : backend
    return registry.add({ url: new URL(`http://${spec.name}`), name: 'a', weight: 1, ...spec })
  })
  return { registry, backends: added, transitions, clock }
}

export function passes (registry: Registry, ...backends: Backend[]): void {
  for (const backend of backends) registry.reportCheck(backend, { passed: true, detail: 'status 200', durationMs: 1, at: 0 })
}

export function fails (registry: Registry, ...backends: Backend[]): void {
  for (const backend of backends) registry.reportCheck(backend, { passed: false, detail: 'connection refused', durationMs: 1, at: 0 })
}
