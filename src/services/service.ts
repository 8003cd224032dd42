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
import type { OutlierJudge, OutlierSurroundings } from './outlier-judge.ts'
import { Picker } from './picker.ts'
import { Queue, type QueuedRequest } from './queue.ts'
import type { RoutingFacts } from './routing-facts.ts'
import { RetryBudget } from './retry-budget.ts'
import type { ServiceSettings } from './service-settings.ts'
import type { SharedService } from './shared-service.ts'
import { StickySessions } from './sticky-sessions.ts'

export interface ServiceSurroundings {
  readonly store: RegistryStore
  readonly events: EventLog
  readonly clock: Clock
  /** A number from 0 up to 1. */
  readonly random: () => number
  /** What judges backends by their attempts; by default `OutlierDetection`. */
  readonly createJudge?: (options: OutlierDetectionOptions, surroundings: OutlierSurroundings) => OutlierJudge
}

/** A named set of backends that can answer for each other, and all that decides which of them gets a request. */
export class Service implements AttemptOwner {
  readonly name: string
  readonly events: EventLog
  /** Where requests wait while no backend has room. */
  readonly queue: Queue
  readonly budget: RetryBudget
  /** What other processes have to do with it. */
  readonly shared: SharedService
  #settings: ServiceSettings
  #sticky: StickySessions | undefined
  readonly #clock: Clock
  readonly #members: Members
  readonly #picker: Picker
  readonly #outliers: OutlierJudge
  readonly #refusals = new Subscribers<Backend>()
  readonly #probes = new Subscribers<ManagedBackend>()

  constructor (name: string, settings: ServiceSettings, surroundings: ServiceSurroundings) {
    const { limits, sticky } = settings
    const { events, clock } = surroundings
    const options = { ...settings, ...surroundings, name }
    this.name = name
    this.#settings = settings
    this.events = events
    this.#clock = clock
    this.queue = new Queue({
      clock, size: limits.queueSize, timeoutMs: limits.queueTimeoutMs, isWorthwhile: (request) => this.#hasAnyFor(request)
    })
    this.budget = new RetryBudget(limits.retryBudgetPercent, limits.leastRetries)
    this.#members = new Members({ ...options, onLeave: (backend) => { this.#outliers.forget(backend) } })
    this.#picker = new Picker({ ...options, ...limits }, this.#members)
    const { createJudge = (...parts) => new OutlierDetection(...parts) } = surroundings
    this.#outliers = createJudge(options, {
      members: this.#members,
      isFull: (backend) => this.#picker.isFull(backend),
      offerProbe: (backend) => {
        this.#probes.notify(backend)
        this.queue.serve()
      }
    })
    this.#sticky = sticky && new StickySessions(sticky, () => this.rotation)
    this.#members.watch(() => { this.queue.serve() })
    this.shared = this.#share()
  }

  get settings (): ServiceSettings {
    return this.#settings
  }

  /** Clients are kept with the backend that has answered them, by a cookie. */
  get sticky (): StickySessions | undefined {
    return this.#sticky
  }

  /** From now on it goes by these; its backends, their health and what is counted stay. */
  configure (settings: ServiceSettings): void {
    const { limits, sticky } = settings
    const was = this.#settings.sticky
    this.#settings = settings
    if (sticky?.cookie !== was?.cookie || sticky?.secret !== was?.secret) {
      this.#sticky = sticky && new StickySessions(sticky, () => this.rotation)
    }
    this.queue.configure({ size: limits.queueSize, timeoutMs: limits.queueTimeoutMs })
    this.budget.configure(limits.retryBudgetPercent, limits.leastRetries)
    this.#picker.configure({ ...settings, ...limits })
    this.#outliers.configure({ outliers: settings.outliers, probeTimeoutMs: settings.probeTimeoutMs })
    this.#members.configure(settings)
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
   * a backup, and where there is none, at one of them again; only at one of its audience, if it has one. Undefined when none has room.
   * The caller must settle it.
   */
  acquire ({ key, sticky, audience }: RoutingFacts, tried: readonly Backend[]): Attempt | undefined {
    if (sticky !== undefined && !tried.includes(sticky) && audience?.has(sticky.id) !== false) {
      const attempt = this.acquireFrom(sticky)
      if (attempt !== undefined) return attempt
    }
    const now = this.#clock.now()
    const due = this.#outliers.due(tried, audience)
    if (due !== undefined) return this.#probe(due, now)
    const picked = this.#picker.pick(tried, key, audience)
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
    this.#tellIfDrained(backend)
    this.queue.serve()
  }

  #share (): SharedService {
    return {
      members: this.#members,
      judge: this.#outliers,
      watchProbes: (listener) => this.#probes.subscribe(listener),
      onRefused: (backend) => { this.#refusals.notify(backend) },
      onLoad: (backend, before) => { if (before > 0) this.#tellIfDrained(backend) },
      onElsewhere: (backend, inFlight) => {
        backend.load.elsewhere = inFlight
        this.#picker.onLoad(backend)
      },
      offerRoom: () => { this.queue.serve() }
    }
  }

  #tellIfDrained (backend: ManagedBackend): void {
    if (backend.desiredState !== 'draining' || backend.inFlight > 0) return
    this.#members.tell({ type: 'transition', backend, from: 'draining', to: 'drained', why: 'no requests in flight' })
  }

  #hasAnyFor ({ audience }: QueuedRequest): boolean {
    return audience === undefined ? this.rotation.length > 0 : this.rotation.some(({ id }) => audience.has(id))
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
    const { fall, rise } = this.#settings.thresholds
    const { all } = this.#members.rotation
    const isOddOneOut = backend.isStalled(now) && all.some((other) => other !== backend && !other.isStalled(now))
    return { rise: all.length === 0 ? 1 : rise, fall: isOddOneOut ? 1 : fall }
  }
}
