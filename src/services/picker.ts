import type { Balancer } from '../balancing/balancer.ts'
import type { Backend } from '../backends/backend.ts'
import type { ManagedBackend } from './managed-backend.ts'
import type { Members } from './members.ts'
import type { Audience } from './routing-facts.ts'

export interface PickerSettings {
  /** One balancer for the own zone and one for the others. */
  readonly createBalancer: () => Balancer
  /** Attempts that one backend may have at a time. */
  readonly maxRequestsPerBackend: number
}

export interface PickerOptions extends PickerSettings {
  /** A number from 0 up to 1. */
  readonly random: () => number
}

/** Picks one of the backends in rotation: by a strategy, but none that is full or that has failed the request. */
export class Picker {
  readonly #members: Members
  readonly #random: () => number
  #createBalancer: () => Balancer
  #near: Balancer
  #far: Balancer
  #maxRequests: number

  constructor ({ createBalancer, random, maxRequestsPerBackend }: PickerOptions, members: Members) {
    this.#members = members
    this.#createBalancer = createBalancer
    this.#near = createBalancer()
    this.#far = createBalancer()
    this.#random = random
    this.#maxRequests = maxRequestsPerBackend
  }

  /** Another balancer begins anew; the same one goes on where it was. */
  configure ({ createBalancer, maxRequestsPerBackend }: PickerSettings): void {
    this.#maxRequests = maxRequestsPerBackend
    if (createBalancer === this.#createBalancer) return
    this.#createBalancer = createBalancer
    this.#near = createBalancer()
    this.#far = createBalancer()
  }

  /** Whether it wants the key that HASH_KEY names. */
  get usesKey (): boolean {
    return this.#near.usesKey ?? false
  }

  /**
   * One that is neither full nor among `tried`; when all in rotation are, a backup, and where there is none, one of them again.
   * Undefined when none has room.
   */
  pick (tried: readonly Backend[], key: string, audience: Audience | undefined): ManagedBackend | undefined {
    if (audience !== undefined) return this.#pickInstead(tried, key, audience)
    const { near, far, spillRatio } = this.#members.rotation
    if (near.length === 0) return undefined
    const isSpilling = spillRatio > 0 && this.#random() < spillRatio
    const picked = managed(isSpilling ? this.#far.pick(far, key) : this.#near.pick(near, key))
    return this.isCandidate(picked, tried) ? picked : this.#pickInstead(tried, key, undefined)
  }

  /** What `pick` would return now; for strategies that draw, one of those that it could be. */
  peek (tried: readonly Backend[], key: string, audience: Audience | undefined): ManagedBackend | undefined {
    const { near, far } = this.#members.rotation
    const candidates = near.filter((backend) => this.isCandidate(backend, tried, audience))
    if (candidates.length === 0) return far.find((backend) => this.isCandidate(backend, tried, audience))
    if (candidates.length < near.length) return candidates[0]
    return managed((this.#near.peek ?? this.#near.pick).call(this.#near, near, key))
  }

  isCandidate (backend: ManagedBackend, tried: readonly Backend[], audience?: Audience): boolean {
    return !this.isFull(backend) && (tried.length === 0 || !tried.includes(backend)) && audience?.has(backend.id) !== false
  }

  /** In its slow start a backend takes fewer requests at a time too: where it is the only one, all would go to it. */
  isFull ({ load: { inFlight, weightRatio, quota = this.#maxRequests } }: ManagedBackend): boolean {
    return inFlight >= (weightRatio === 1 ? quota : Math.ceil(quota * weightRatio))
  }

  /** The number of attempts at a backend has changed. */
  onLoad (backend: ManagedBackend): void {
    this.#near.onLoad?.(backend)
    if (this.#members.rotation.far.length > 0) this.#far.onLoad?.(backend)
  }

  #pickInstead (tried: readonly Backend[], key: string, audience: Audience | undefined): ManagedBackend | undefined {
    const { near, far, all } = this.#members.rotation
    return this.#pickAmong(this.#near, near, tried, key, audience) ?? this.#pickAmong(this.#far, far, tried, key, audience) ??
      (all.every((backend) => tried.includes(backend) || audience?.has(backend.id) === false)
        ? this.#pickBeyond(tried, key, audience)
        : undefined)
  }

  /** For a request that all in rotation have failed. */
  #pickBeyond (tried: readonly Backend[], key: string, audience: Audience | undefined): ManagedBackend | undefined {
    const { spare, all } = this.#members.rotation
    const backups = spare.length === 0 ? spare : spare.filter((backend) => !tried.includes(backend) && audience?.has(backend.id) !== false)
    return this.#pickAmong(this.#near, backups.length > 0 ? backups : all, [], key, audience)
  }

  #pickAmong (
    balancer: Balancer, backends: readonly ManagedBackend[], tried: readonly Backend[], key: string, audience: Audience | undefined
  ): ManagedBackend | undefined {
    const candidates = backends.filter((backend) => this.isCandidate(backend, tried, audience))
    if (candidates.length === 0) return undefined
    return managed(balancer.pickAmong === undefined ? balancer.pick(candidates, key) : balancer.pickAmong(candidates, key))
  }
}

/** A strategy returns one of those that it was given. */
function managed (picked: ReturnType<Balancer['pick']>): ManagedBackend {
  return picked as ManagedBackend
}
