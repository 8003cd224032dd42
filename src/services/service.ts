import type { Clock } from '../base/clock.ts'
import { Subscribers } from '../base/subscribers.ts'
import type { Backend } from '../backends/backend.ts'
import { withCheck, type LastCheck, type Thresholds } from '../backends/health.ts'
import type { RegistryStore } from '../registry/store.ts'
import type { FailureReason } from '../backends/failure-reason.ts'
import { Attempt, type AttemptOwner, type Outcome } from './attempt.ts'
import type { EventLog } from './events.ts'
import { explain, type Explanation } from './explanation.ts'
import type { ManagedBackend } from './managed-backend.ts'
import { Members } from './members.ts'
import { OutlierDetection, type OutlierDetectionOptions } from './outlier-detection.ts'
import { Picker, type PickerOptions } from './picker.ts'
import { Queue } from './queue.ts'
import type { RoutingFacts } from './routing-facts.ts'
import { RetryBudget } from './retry-budget.ts'
import { StickySessions, type StickySessionsOptions } from './sticky-sessions.ts'

/** Bounds that hold for all requests to one service. */
export interface ServiceLimits {
  /** Attempts that one backend may have at a time. */
  readonly maxRequestsPerBackend: number
  /** How many requests may wait for a backend. */
  readonly queueSize: number
  readonly queueTimeoutMs: number
  /** Retries of one request, without the free one. */
  readonly retries: number
  /** Of the requests of the last 10 s, for retries of requests that reached a backend. */
  readonly retryBudgetPercent: number
}

export interface ServiceOptions extends Omit<PickerOptions, 'maxRequestsPerBackend'>, OutlierDetectionOptions {
  readonly name: string
  readonly store: RegistryStore
  readonly events: EventLog
  readonly clock: Clock
  readonly limits: ServiceLimits
  readonly thresholds: Thresholds
  /** The zone to prefer, if any. */
  readonly zone: string | undefined
  /** 0: a backend has its whole weight at once. */
  readonly slowStartMs: number
  readonly sticky: StickySessionsOptions | undefined
}

/** A named set of backends that can answer for each other, and all that decides which of them gets a request. */
export class Service implements AttemptOwner {
  readonly name: string
  readonly limits: ServiceLimits
  readonly events: EventLog
  /** Where requests wait while no backend has room. */
  readonly queue: Queue
  readonly budget: RetryBudget
  readonly sticky: StickySessions | undefined
  readonly #thresholds: Thresholds
  readonly #clock: Clock
  readonly #members: Members
  readonly #picker: Picker
  readonly #outliers: OutlierDetection
  readonly #refusals = new Subscribers<Backend>()

  constructor (options: ServiceOptions) {
    const { name, limits, events, clock, thresholds, sticky } = options
    this.name = name
    this.limits = limits
    this.events = events
    this.#thresholds = thresholds
    this.#clock = clock
    this.queue = new Queue({
      clock, size: limits.queueSize, timeoutMs: limits.queueTimeoutMs, isWorthwhile: () => this.rotation.length > 0
    })
    this.budget = new RetryBudget(limits.retryBudgetPercent)
    this.#members = new Members({ ...options, onLeave: (backend) => { this.#outliers.forget(backend) } })
    this.#picker = new Picker({ ...options, ...limits }, this.#members)
    this.#outliers = new OutlierDetection(options, {
      members: this.#members,
      isFull: (backend) => this.#picker.isFull(backend),
      offerCapacity: () => { this.queue.serve() }
    })
    this.sticky = sticky && new StickySessions(sticky, () => this.rotation)
    this.#members.watch(() => { this.queue.serve() })
  }

  /** The backends, in the order in which they joined. */
  backends (): readonly Backend[] {
    return this.#members.all()
  }

  get (id: string): Backend | undefined {
    return this.#members.get(id)
  }

  /** The backends that requests go to now; the same array until that changes. */
  get rotation (): readonly Backend[] {
    return this.#members.rotation.all
  }

  isInRotation ({ id }: Backend): boolean {
    const backend = this.#members.get(id)
    return backend !== undefined && this.#members.rotation.members.has(backend)
  }

  /** Whether it wants the key that HASH_KEY names. */
  get usesKey (): boolean {
    return this.#picker.usesKey
  }

  /**
   * An attempt at the backend of its cookie or at the next one that is neither full nor among `tried`; when all in rotation are, at
   * a backup, and where there is none, at one of them again. Undefined when none has room. The caller must settle it.
   */
  acquire ({ key, sticky }: RoutingFacts, tried: readonly Backend[]): Attempt | undefined {
    if (sticky !== undefined && !tried.includes(sticky)) {
      const attempt = this.acquireFrom(sticky)
      if (attempt !== undefined) return attempt
    }
    const now = this.#clock.now()
    const due = this.#outliers.due(tried)
    if (due !== undefined) return this.#probe(due, now)
    const picked = this.#picker.pick(tried, key)
    return picked && this.#attempt(picked, now, false)
  }

  /** An attempt at this one backend, if requests may go to it now, or one that probes it. */
  acquireFrom ({ id }: Backend): Attempt | undefined {
    const backend = this.#members.get(id)
    if (backend === undefined) return undefined
    const now = this.#clock.now()
    if (this.#outliers.isDue(backend)) return this.#probe(backend, now)
    if (!this.#members.rotation.members.has(backend) || this.#picker.isFull(backend)) return undefined
    return this.#attempt(backend, now, false)
  }

  /** What would become now of such a request, and why. */
  explain (facts: RoutingFacts, tried: readonly Backend[] = []): Explanation {
    return explain({ members: this.#members, picker: this.#picker, outliers: this.#outliers }, facts, tried, this.#clock.now())
  }

  /** Takes note of a finished check and moves the backend in or out of rotation. */
  reportCheck ({ id }: Backend, result: LastCheck): void {
    const backend = this.#members.get(id)
    if (backend === undefined) return
    const now = this.#clock.now()
    const thresholds = this.#thresholdsFor(backend, now)
    this.#members.change(backend, result.detail, () => {
      const { state } = backend.health.checked
      backend.health = withCheck(backend.health, result, thresholds, now)
      const isReturning = state === 'unhealthy' || (state === 'unchecked' && backend.source === 'registered')
      if (backend.health.checked.state === 'healthy' && isReturning) this.#members.startSlowly(backend)
      this.#outliers.onCheck(backend, result.passed, thresholds.rise)
    })
  }

  /** Calls `listener` with each backend that has refused a connection; returns the function that ends this. */
  watchRefusals (listener: (backend: Backend) => void): () => void {
    return this.#refusals.subscribe(listener)
  }

  /** Ends what goes on in the background, and gives up on nothing that is queued. */
  close (): void {
    this.queue.close()
    this.#members.close()
    this.#outliers.close()
  }

  /** For attempts only, as the two that follow. */
  onProbeSent (backend: ManagedBackend, attempt: Attempt): void {
    this.#outliers.onProbeSent(backend, attempt)
  }

  onProbeAnswered (backend: ManagedBackend, attempt: Attempt): void {
    this.#outliers.onProbeAnswered(backend, attempt)
  }

  onSettled (backend: ManagedBackend, attempt: Attempt, outcome: Outcome, failure: FailureReason | undefined): void {
    this.#picker.onLoad(backend)
    this.#outliers.judge(backend, attempt, outcome, failure)
    if (failure === 'refused') this.#refusals.notify(backend)
    if (backend.desiredState === 'draining' && backend.inFlight === 0) {
      this.#members.tell({ type: 'transition', backend, from: 'draining', to: 'drained', why: 'no requests in flight' })
    }
    this.queue.serve()
  }

  #attempt (backend: ManagedBackend, now: number, isProbe: boolean): Attempt {
    const attempt = new Attempt(backend, this, now, isProbe)
    this.#picker.onLoad(backend)
    return attempt
  }

  #probe (backend: ManagedBackend, now: number): Attempt {
    this.#outliers.beginProbe(backend, now)
    return this.#attempt(backend, now, true)
  }

  /**
   * With an empty rotation one passed check brings a backend back. If requests stall at this backend but not at all of them, one failed
   * check takes it out: where they stall everywhere, it may be the gateway that is slow.
   */
  #thresholdsFor (backend: ManagedBackend, now: number): Thresholds {
    const { fall, rise } = this.#thresholds
    const { all } = this.#members.rotation
    const isOddOneOut = backend.isStalled(now) && all.some((other) => other !== backend && !other.isStalled(now))
    return { rise: all.length === 0 ? 1 : rise, fall: isOddOneOut ? 1 : fall }
  }
}
