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
}

/** The one place where the state of the backends lives. Everything else changes it through these methods. */
export class Registry {
  readonly #balancer: Balancer
  readonly #thresholds: Thresholds
  readonly #backends = new Map<string, Backend>()
  readonly #listeners = new Set<(transition: Transition) => void>()
  #rotation: readonly Backend[] = []

  constructor ({ balancer, thresholds }: RegistryOptions) {
    this.#balancer = balancer
    this.#thresholds = thresholds
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
   * A lease on the next backend in rotation that is not among `tried`, or undefined when there is none. Whoever holds it
   * must settle it.
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
    if (tried.length === 0 || !tried.includes(picked)) return picked
    // A repeat goes to the next in the order of the rotation: the balancer's state is for first attempts.
    const start = rotation.indexOf(picked)
    for (let i = 1; i < rotation.length; i++) {
      const next = rotation[(start + i) % rotation.length] as Backend
      if (!tried.includes(next)) return next
    }
    return undefined
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
