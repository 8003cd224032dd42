import type { Backend } from '../backends/backend.ts'

/** What a backend begins with, of its weight. */
const leastRatio = 0.1

/** In how many steps the effective weight grows. */
export const slowStartSteps = 20

/**
 * Sets the effective weight of each backend in its slow start: it grows from a tenth of the weight to all of it. Returns
 * whether any is still to grow.
 */
export function growWeights (backends: readonly Backend[], slowStartMs: number, nowMs: number): boolean {
  let isGrowing = false
  for (const backend of backends) {
    if (backend.slowStartAt === undefined) continue
    const progress = (nowMs - backend.slowStartAt) / slowStartMs
    backend.effectiveWeight = backend.weight * Math.min(1, Math.max(leastRatio, progress))
    if (progress < 1) isGrowing = true
    else backend.slowStartAt = undefined
  }
  return isGrowing
}
