import type { LatencyEstimate } from '../backends/backend.ts'
import type { Clock } from '../base/clock.ts'

/** A backend that a request can go to, as strategies see it: to read. */
export interface Candidate {
  readonly id: string
  readonly name: string
  /** Its url as people write it. */
  readonly address: string
  readonly zone: string | undefined
  readonly weight: number
  /** The weight that counts now: less than `weight` during a slow start. */
  readonly effectiveWeight: number
  /** Requests that it has got and that are not over. */
  readonly inFlight: number
  /** Those of other processes of the gateway, as they were a moment ago. */
  readonly elsewhere: number
  /** Time to the first byte of its responses. */
  readonly latency: LatencyEstimate
}

/** Chooses one of the backends in rotation. It does not filter by health, count or touch the network; the service does. */
export interface Balancer {
  /** `rotation` is the same array until something changed (members or effective weights), and never empty. `key` is '' unless `usesKey`. */
  pick (rotation: readonly Candidate[], key: string): Candidate
  /**
   * From some of the rotation only, since others are full or have failed this request already. By default `pick` is asked.
   * May be linear.
   */
  pickAmong? (candidates: readonly Candidate[], key: string): Candidate
  /** What `pick` would return now, without taking it. By default `pick` is asked, which must change nothing then. */
  peek? (rotation: readonly Candidate[], key: string): Candidate
  /** The number of attempts at a backend has changed, here or elsewhere. */
  onLoad? (backend: Candidate): void
  /** Whether `pick` wants the key that HASH_KEY names. */
  readonly usesKey?: boolean
}

export interface BalancerOptions {
  readonly clock: Clock
  /** A number from 0 up to 1. */
  readonly random: () => number
}

export type BalancerFactory = (options: BalancerOptions) => Balancer
