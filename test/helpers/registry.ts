import { Registry, type Transition } from '../../src/backends/registry.ts'
import type { Backend } from '../../src/backends/backend.ts'
import { roundRobin } from '../../src/balancing/round-robin.ts'

/** A registry with these backends, not checked yet, and a list of its transitions that grows. */
export function createTestRegistry (names: string[], thresholds = { fall: 3, rise: 2 }) {
  const registry = new Registry({ balancer: roundRobin(), thresholds, maxRequestsPerBackend: 1024 })
  const backends = names.map((name) => registry.add({ url: new URL(`http://${name}`), name, weight: 1 }))
  const transitions: Transition[] = []
  registry.subscribe((transition) => { transitions.push(transition) })
  return { registry, backends, transitions }
}

export function passes (registry: Registry, ...backends: Backend[]): void {
  for (const backend of backends) registry.reportCheck(backend, { passed: true, detail: 'status 200', durationMs: 1, at: 0 })
}

export function fails (registry: Registry, ...backends: Backend[]): void {
  for (const backend of backends) registry.reportCheck(backend, { passed: false, detail: 'connection refused', durationMs: 1, at: 0 })
}
