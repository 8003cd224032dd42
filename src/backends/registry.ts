import type { Balancer } from '../balancing/balancer.ts'
import { afterCheck, type HealthState, type Thresholds } from '../health/health-state.ts'
import { Backend, type BackendSpec, type CheckResult } from './backend.ts'
import { Lease } from './lease.ts'

/** A change of state of one backend. */
export interface Transition {
  readonly backend: Backend
  readonly from: HealthState
  readonly to: HealthState
  /** The evidence, in words. */
  readonly why: string
}

export interface RegistryOptions {
  readonly balancer: Balancer
  readonly thresholds: Thresholds
  /** Leases that one backend may have at a time. */
  readonly maxRequestsPerBackend: number
}

/** The one place where the state of the backends lives. Everything else changes it through these methods. */
export class Registry {
  readonly #balancer: Balancer
  readonly #thresholds: Thresholds
  readonly #maxRequestsPerBackend: number
  readonly #backends = new Map<string, Backend>()
  readonly #listeners = new Set<(transition: Transition) => void>()
  #rotation: readonly Backend[] = []

  constructor ({ balancer, thresholds, maxRequestsPerBackend }: RegistryOptions) {
    this.#balancer = balancer
    this.#thresholds = thresholds
    this.#maxRequestsPerBackend = maxRequestsPerBackend
  }

  add (spec: BackendSpec): Backend {
    const backend = new Backend(spec)
    this.#backends.set(backend.id, backend)
    this.#rebuildRotation()
    return backend
  }

  backends (): Backend[] {
    return [...this.#backends.values()]
  }

  /** The backends that requests go to now. */
  get rotation (): readonly Backend[] {
    return this.#rotation
  }

  /**
   * A lease on the next backend in rotation that is neither full nor among `tried`; on one of those again when it is the
   * only one in rotation. Undefined when there is none. Whoever holds the lease must settle it.
   */
  acquire (tried: readonly Backend[]): Lease | undefined {
    const backend = this.#pick(tried)
    return backend && new Lease(backend)
  }

  /** Takes note of a finished check and moves the backend in or out of rotation. */
  reportCheck (backend: Backend, result: CheckResult): void {
    const from = backend.health.state
    backend.lastCheck = result
    backend.health = afterCheck(backend.health, result.passed, this.#thresholds)
    const to = backend.health.state
    if (from === to) return
    this.#rebuildRotation()
    for (const listener of this.#listeners) listener({ backend, from, to, why: result.detail })
  }

  /** Calls `listener` after every transition; returns the function that ends this. */
  subscribe (listener: (transition: Transition) => void): () => void {
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }

  #pick (tried: readonly Backend[]): Backend | undefined {
    const rotation = this.#rotation
    if (rotation.length === 0) return undefined
    const picked = this.#balancer.pick(rotation)
    if (this.#isCandidate(picked, tried)) return picked
    return this.#next(picked, tried) ?? this.#next(picked, [])
  }

  /** The next candidate in the order of the rotation: the balancer's state is for first choices. */
  #next (after: Backend, tried: readonly Backend[]): Backend | undefined {
    const rotation = this.#rotation
    const start = rotation.indexOf(after)
    for (let i = 1; i <= rotation.length; i++) {
      const next = rotation[(start + i) % rotation.length] as Backend
      if (this.#isCandidate(next, tried)) return next
    }
    return undefined
  }

  #isCandidate (backend: Backend, tried: readonly Backend[]): boolean {
    return backend.inFlight < this.#maxRequestsPerBackend && (tried.length === 0 || !tried.includes(backend))
  }

  /** The healthy ones; those that were never checked only while nothing else is up. */
  #rebuildRotation (): void {
    const healthy = this.#inState('healthy')
    this.#rotation = healthy.length > 0 ? healthy : this.#inState('unchecked')
  }

  #inState (state: HealthState): Backend[] {
    return this.backends().filter((backend) => backend.health.state === state)
  }
}
