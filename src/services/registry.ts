import type { Balancer } from '../balancing/balancer.ts'
import type { Clock } from '../base/clock.ts'
import { afterCheck, type Thresholds } from '../backends/health.ts'
import type { OutlierLimits } from './passive-health.ts'
import type { FailureReason as Failure } from '../upstream/failure.ts'
import { Backend, type BackendSpec, type LastCheck, type Source, type Lease, type DesiredState } from '../backends/backend.ts'
import { EventLog, type Happening } from './events.ts'
import { reasonFor, type Explanation } from './explanation.ts'
import { Attempt, type AttemptOwner, type Outcome } from './attempt.ts'
import { OutlierDetection } from './outlier-detection.ts'
import { buildRotation, checkedCount, emptyRotation, type Rotation } from './rotation.ts'
import { growWeights, slowStartSteps } from './slow-start.ts'

export interface RegistryOptions {
  /** One balancer for the own zone and one for the others. */
  readonly createBalancer: () => Balancer
  readonly clock: Clock
  readonly random: () => number
  readonly thresholds: Thresholds
  readonly outliers: OutlierLimits
  /** How long the request that probes an ejected backend waits for the head of its answer. */
  readonly probeTimeoutMs: number
  /** Attempts that one backend may have at a time. */
  readonly maxRequestsPerBackend: number
  /** 0: a backend has its whole weight at once. */
  readonly slowStartMs: number
  /** The zone to prefer, if any. */
  readonly zone: string | undefined
}

/** How a backend answers traffic, as far as somebody else must know at once. */
export interface TrafficListener {
  /** A backend has refused a connection. */
  onRefused? (backend: Backend): void
  /** An attempt has ended or the rotation has changed: a queued request may get one now. */
  onCapacity? (): void
}

/** The one place where the state of the backends lives. Everything else changes it through these methods. */
export class Registry implements AttemptOwner {
  readonly events = new EventLog()
  readonly usesKey: boolean
  readonly #options: RegistryOptions
  readonly #near: Balancer
  readonly #far: Balancer
  readonly #backends = new Map<string, Backend>()
  #trafficListeners: readonly TrafficListener[] = []
  #rotation: Rotation = emptyRotation
  readonly #outliers: OutlierDetection
  #cancelGrowth: (() => void) | undefined

  constructor (options: RegistryOptions) {
    this.#options = options
    this.#near = options.createBalancer()
    this.#far = options.createBalancer()
    this.usesKey = this.#near.usesKey ?? false
    this.#outliers = new OutlierDetection(options, {
      backends: () => this.backends(),
      rotation: () => this.#rotation,
      isFull: (backend) => this.#isFull(backend),
      change: (backend, why, change) => { this.#change(backend, why, change) },
      startSlowly: (backend) => { this.#startSlowly(backend) },
      offerCapacity: () => { this.#offerCapacity() }
    })
  }

  /** A new backend, which must not be there yet. */
  add (spec: BackendSpec, source: Source = 'configured', why = 'configured'): Backend {
    const backend = new Backend(spec, source)
    this.#backends.set(backend.id, backend)
    this.#changed({ type: 'join', backend, why })
    return backend
  }

  /** The backend is no more; its open requests go on. */
  remove (backend: Backend, why: string): void {
    if (!this.#backends.delete(backend.id)) return
    this.#outliers.forget(backend)
    this.#changed({ type: 'leave', backend, why })
  }

  get (id: string): Backend | undefined {
    return this.#backends.get(id)
  }

  /** Changes what is said of a backend; tells of it when that is something else than before. */
  update (backend: Backend, spec: Partial<Omit<BackendSpec, 'url'>>): void {
    const before = describe(backend)
    if (spec.weight !== undefined) backend.effectiveWeight = backend.effectiveWeight * spec.weight / backend.weight
    Object.assign(backend, spec, spec.healthCheck && { healthCheck: { ...spec.healthCheck } })
    const changes = Object.entries(describe(backend)).flatMap(([what, now]) => now === before[what] ? [] : [`${what} ${before[what]} > ${now}`])
    if (changes.length === 0) return
    this.#changed({ type: 'change', backend, why: changes.join(', ') })
  }

  /** How long the backend stays without a sign of life, and how many hold it. */
  setLease (backend: Backend, lease: Lease | undefined, holders: number): void {
    backend.lease = lease
    backend.holders = holders
  }

  backends (): Backend[] {
    return [...this.#backends.values()]
  }

  /** The backends that requests go to now. */
  get rotation (): readonly Backend[] {
    return this.#rotation.all
  }

  /**
   * An attempt at the next backend that is neither full nor among `tried`; when all in rotation are, on a backup, and where
   * there is none, on one of them again. Undefined when none has room. `key` is for balancers that want one. The caller
   * must settle it.
   */
  acquire (tried: readonly Backend[], key = ''): Attempt | undefined {
    const now = this.#options.clock.now()
    const due = this.#outliers.due(tried)
    return due === undefined ? this.#attempt(this.#pick(tried, key), now) : this.#probe(due, now)
  }

  /** An attempt at this one backend, if requests may go to it now, or one that probes it. */
  acquireFrom (backend: Backend): Attempt | undefined {
    if (this.#outliers.isDue(backend)) return this.#probe(backend, this.#options.clock.now())
    if (!this.#rotation.all.includes(backend) || this.#isFull(backend)) return undefined
    return this.#attempt(backend, this.#options.clock.now())
  }

  /** What would become now of such a request, whose client was with `sticky` before, and why. */
  explain (tried: readonly Backend[], key: string, sticky?: Backend): Explanation {
    const { near, far, spillRatio, isFailingOpen, all } = this.#rotation
    const due = sticky !== undefined && !tried.includes(sticky) && this.#outliers.isDue(sticky) ? sticky : this.#outliers.due(tried)
    const backends = this.backends().map((backend) => ({
      backend,
      isCandidate: all.includes(backend) ? this.#isCandidate(backend, tried) : backend === due,
      reason: reasonFor(backend, { rotation: this.#rotation, isFull: this.#isFull(backend), isTried: tried.includes(backend), isDue: backend === due, nowMs: this.#options.clock.now() })
    }))
    const candidates = near.filter((backend) => this.#isCandidate(backend, tried))
    const others = far.filter((backend) => this.#isCandidate(backend, tried))
    const isAll = candidates.length === near.length
    const from = candidates.length > 0 ? candidates : others
    const isSticky = sticky !== undefined && all.includes(sticky) && this.#isCandidate(sticky, tried)
    const choice = isSticky ? sticky : due ?? (from.length === 0 ? undefined : isAll ? (this.#near.peek ?? this.#near.pick).call(this.#near, near, key) : from[0])
    return { backends, choice, spillRatio, isFailingOpen, isProbe: !isSticky && due !== undefined, isSticky }
  }

  /** Takes note of a finished check and moves the backend in or out of rotation. */
  reportCheck (backend: Backend, result: LastCheck): void {
    const { thresholds, clock } = this.#options
    // While there is nothing else to send requests to, one passed check is enough. Where requests wait in vain as well, one
    // failed check is; but where they wait everywhere, it may be the gateway that is slow.
    const rise = this.#rotation.all.length === 0 ? 1 : thresholds.rise
    const now = clock.now()
    const isOddOneOut = backend.isStalled(now) && this.#rotation.all.some((other) => other !== backend && !other.isStalled(now))
    const fall = isOddOneOut ? 1 : thresholds.fall
    backend.lastCheck = result
    backend.checkCounts[result.passed ? 'passed' : 'failed']++
    this.#change(backend, result.detail, () => {
      const wasUnhealthy = backend.health.state === 'unhealthy'
      const isReturning = wasUnhealthy || (backend.health.state === 'unchecked' && backend.source === 'registered')
      backend.health = afterCheck(backend.health, result.passed, { rise, fall })
      if (backend.health.state === 'unhealthy' && !wasUnhealthy) backend.downSince = now
      if (backend.health.state === 'healthy' && isReturning) this.#startSlowly(backend)
      this.#outliers.onCheck(backend, result.passed, rise)
    })
  }

  /** What an operator wants of the backend from now on. */
  command (backend: Backend, desiredState: DesiredState, why: string): void {
    this.#change(backend, why, () => {
      if (desiredState === 'ready' && backend.desiredState !== 'ready') this.#startSlowly(backend)
      backend.desiredState = desiredState
    })
  }

  /** Listens to what the traffic shows; returns the function that ends this. */
  watchTraffic (listener: TrafficListener): () => void {
    this.#trafficListeners = [...this.#trafficListeners, listener]
    return () => { this.#trafficListeners = this.#trafficListeners.filter((other) => other !== listener) }
  }

  /** Ends what goes on in the background. */
  close (): void {
    this.#cancelGrowth?.()
    this.#outliers.close()
  }

  /** For attempts only. */
  onProbeSent (attempt: Attempt): void {
    this.#outliers.onProbeSent(attempt)
  }

  /** For attempts only. */
  onProbeAnswered (attempt: Attempt): void {
    this.#outliers.onProbeAnswered(attempt)
  }

  /** For attempts only. */
  onSettled (attempt: Attempt, outcome: Outcome, failure: Failure | undefined): void {
    const { backend } = attempt
    this.#near.onLoad?.(backend)
    this.#far.onLoad?.(backend)
    this.#outliers.judge(attempt, outcome, failure)
    if (failure === 'refused') for (const listener of this.#trafficListeners) listener.onRefused?.(backend)
    if (backend.desiredState === 'draining' && backend.inFlight === 0) this.#tell({ type: 'transition', backend, from: 'draining', to: 'drained', why: 'no requests in flight' })
    this.#offerCapacity()
  }

  #attempt (backend: Backend | undefined, now: number, isProbe = false): Attempt | undefined {
    if (backend === undefined) return undefined
    const attempt = new Attempt(backend, this, now, isProbe)
    this.#near.onLoad?.(backend)
    this.#far.onLoad?.(backend)
    return attempt
  }

  #pick (tried: readonly Backend[], key: string): Backend | undefined {
    const { near, far, spillRatio } = this.#rotation
    if (near.length === 0) return undefined
    const isSpilling = spillRatio > 0 && this.#options.random() < spillRatio
    const picked = isSpilling ? this.#far.pick(far, key) : this.#near.pick(near, key)
    if (this.#isCandidate(picked, tried)) return picked
    return this.#pickAmong(this.#near, near, tried, key) ?? this.#pickAmong(this.#far, far, tried, key) ??
      (this.#rotation.all.every((backend) => tried.includes(backend)) ? this.#pickBeyond(tried, key) : undefined)
  }

  /** For a request that all in rotation have failed. */
  #pickBeyond (tried: readonly Backend[], key: string): Backend | undefined {
    const { spare, all } = this.#rotation
    const backups = spare.length === 0 ? spare : spare.filter((backend) => !tried.includes(backend))
    return this.#pickAmong(this.#near, backups.length > 0 ? backups : all, [], key)
  }

  #pickAmong (balancer: Balancer, backends: readonly Backend[], tried: readonly Backend[], key: string): Backend | undefined {
    const candidates = backends.filter((backend) => this.#isCandidate(backend, tried))
    if (candidates.length === 0) return undefined
    return balancer.pickAmong === undefined ? balancer.pick(candidates, key) : balancer.pickAmong(candidates, key)
  }

  #isCandidate (backend: Backend, tried: readonly Backend[]): boolean {
    return !this.#isFull(backend) && (tried.length === 0 || !tried.includes(backend))
  }

  /** In its slow start a backend takes fewer requests at a time too: where it is the only one, all would go to it. */
  #isFull ({ inFlight, effectiveWeight, weight }: Backend): boolean {
    const { maxRequestsPerBackend } = this.#options
    return inFlight >= (effectiveWeight === weight ? maxRequestsPerBackend : Math.ceil(maxRequestsPerBackend * effectiveWeight / weight))
  }

  #probe (backend: Backend, now: number): Attempt | undefined {
    this.#outliers.beginProbe(backend, now)
    return this.#attempt(backend, now, true)
  }

  #startSlowly (backend: Backend): void {
    const { slowStartMs, clock } = this.#options
    if (slowStartMs > 0) backend.slowStartAt = clock.now()
  }

  /** Does `change`, and tells of it when the state is another one afterwards. */
  #change (backend: Backend, why: string, change: () => void): void {
    const from = backend.state
    change()
    if (backend.state !== from) this.#changed({ type: 'transition', backend, from, to: backend.state, why })
  }

  /** All that decides where requests can go has changed through here, so that those that wait hear of it. */
  #changed (happening?: Happening): void {
    this.#grow()
    this.#rotation = buildRotation(this.backends(), this.#options.zone)
    if (happening !== undefined) this.#tell(happening)
    this.#offerCapacity()
  }

  #tell (happening: Happening): void {
    const at = this.#options.clock.date()
    if (happening.type === 'join' || happening.type === 'transition') happening.backend.entered = { at, why: happening.why }
    this.events.add(happening, at, checkedCount(this.#rotation))
  }

  #offerCapacity (): void {
    for (const listener of this.#trafficListeners) listener.onCapacity?.()
  }

  /** Lets the effective weights of backends in their slow start grow, now and as long as there are any. */
  #grow (): void {
    const { slowStartMs, clock } = this.#options
    this.#cancelGrowth?.()
    this.#cancelGrowth = undefined
    if (slowStartMs === 0 || !growWeights(this.backends(), slowStartMs, clock.now())) return
    this.#cancelGrowth = clock.after(slowStartMs / slowStartSteps, () => {
      this.#cancelGrowth = undefined
      this.#changed()
    })
  }
}

/** What is said of a backend, as words. */
function describe ({ name, weight, zone, isBackup, healthCheck }: Backend): Record<string, string> {
  return { name, weight: String(weight), zone: zone ?? 'none', backup: String(isBackup), 'health check': JSON.stringify(healthCheck) }
}
