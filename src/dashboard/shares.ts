// How much of the traffic each backend gets. Pure.
import type { Backend, Sample } from '../admin/wire.ts'

/** Long enough for steady figures, short enough to show a change soon. */
export const shareSeconds = 5

/** The share of the traffic, 0 to 1, that each backend should get now, by id: its part of the effective weights in rotation. */
export function intendedShares (backends: readonly Backend[]): ReadonlyMap<string, number> {
  const total = backends.reduce((sum, { inRotation, effectiveWeight }) => sum + (inRotation ? effectiveWeight : 0), 0)
  return new Map(backends.map(({ id, inRotation, effectiveWeight }) => [id, inRotation && total > 0 ? effectiveWeight / total : 0]))
}

/** The share that a backend would get with another weight if all others stay as they are. */
export function shareWithWeight (backends: readonly Backend[], id: string, weight: number): number {
  return intendedShares(backends.map((backend) => backend.id === id ? { ...backend, effectiveWeight: weight } : backend)).get(id) ?? 0
}

/**
 * The share of the requests, 0 to 1, that each backend got in these samples, by id; of all of them, or of those that are named. Empty if
 * there were none.
 */
export function servedShares (samples: readonly Sample[], among?: ReadonlySet<string>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>([...among ?? []].map((id) => [id, 0]))
  let total = 0
  for (const { backends } of samples) {
    for (const [id, { requests }] of Object.entries(backends)) {
      if (among?.has(id) === false) continue
      counts.set(id, (counts.get(id) ?? 0) + requests)
      total += requests
    }
  }
  return total === 0 ? new Map() : new Map([...counts].map(([id, requests]) => [id, requests / total]))
}
