import type { Backend } from '../backends/backend.ts'
import type { Clock } from '../base/clock.ts'

/** Chooses one of the backends in rotation. It does not filter by health, count or touch the network; the registry does. */
export interface Balancer {
  /** `rotation` is the same array until something changed (members or effective weights), and never empty. `key` is '' unless `usesKey`. */
  pick (rotation: readonly Backend[], key: string): Backend
  /** From some of the rotation only, since others are full or have failed this request already. By default `pick` is asked. May be linear. */
  pickAmong? (candidates: readonly Backend[], key: string): Backend
  /** What `pick` would return now, without taking it. By default `pick` is asked, which must change nothing then. */
  peek? (rotation: readonly Backend[], key: string): Backend
  /** The number of attempts at a backend has changed. */
  onLoad? (backend: Backend): void
  /** Whether `pick` wants the key that HASH_KEY names. */
  readonly usesKey?: boolean
}

export interface BalancerOptions {
  readonly clock: Clock
  /** A number from 0 up to 1. */
  readonly random: () => number
}

export type BalancerFactory = (options: BalancerOptions) => Balancer
