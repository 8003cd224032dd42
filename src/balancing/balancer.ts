import type { Backend } from '../backends/backend.ts'

/**
 * Chooses one of the backends in rotation. It does not filter by health, count or touch the network; the registry does.
 * `rotation` is the same array until something changed, and never empty.
 */
export interface Balancer {
  pick (rotation: readonly Backend[]): Backend
}
