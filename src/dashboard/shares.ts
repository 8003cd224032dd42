// Which part of the traffic goes where. Pure.
import type { Backend, Sample } from '../admin/wire.ts'

/** Long enough that the figures stand still, short enough that a change is seen to come. */
export const shareSeconds = 5

/** The part of the traffic, 0 to 1, that each backend is meant to get now, by id: its share of all shares in rotation. */
export function intendedShares (backends: readonly Backend[]): ReadonlyMap<string, number> {
  const total = backends.reduce((sum, { inRotation, share }) => sum + (inRotation ? share : 0), 0)
  return new Map(backends.map(({ id, inRotation, share }) => [id, inRotation && total > 0 ? share / total : 0]))
}

/** The part that a backend would get with another weight, when all others stay as they are. */
export function shareWithWeight (backends: readonly Backend[], id: string, weight: number): number {
  return intendedShares(backends.map((backend) => backend.id === id ? { ...backend, share: weight } : backend)).get(id) ?? 0
}

/** The part of the requests, 0 to 1, that each backend got in these samples, by id. Empty when there were none. */
export function servedShares (samples: readonly Sample[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  let total = 0
  for (const { backends } of samples) {
    for (const [id, { requests }] of Object.entries(backends)) {
      counts.set(id, (counts.get(id) ?? 0) + requests)
      total += requests
    }
  }
  return total === 0 ? new Map() : new Map([...counts].map(([id, requests]) => [id, requests / total]))
}
