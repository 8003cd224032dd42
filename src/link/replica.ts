import { newsOf, withNews, type HealthNews } from '../backends/health-news.ts'
import type { CertificatePair } from '../downstream/tls/certificate.ts'
import type { Clock } from '../base/clock.ts'
import { Subscribers } from '../base/subscribers.ts'
import { MemoryStore } from '../registry/memory-store.ts'
import type { ManagedBackend } from '../services/managed-backend.ts'
import { ReportingJudge, type DistantJudge } from '../services/reporting-judge.ts'
import type { ServiceSettings } from '../services/service-settings.ts'
import type { OutlierDetectionOptions } from '../services/outlier-detection.ts'
import type { OutlierJudge, OutlierSurroundings } from '../services/outlier-judge.ts'
import type { Services } from '../services/services.ts'
import { workerShare } from '../services/worker-share.ts'
import { announcementFrom } from './announcement-text.ts'
import type { State, ToWorker } from './messages.ts'
import { ToldLoads } from './told-loads.ts'
import { ToldRoutes } from './told-routes.ts'
import { WorkerLink } from './worker-link.ts'

export interface ReplicaOptions {
  readonly path: string
  readonly worker: number
  /** Of this process. */
  readonly pid: number
  /** How many workers there are when all are there. */
  readonly workers: number
  readonly version: string
  readonly clock: Clock
}

/** How often control hears of loads, and of successes. */
const reportMs = 100

/** In a worker: what control has decided, carried out here; and what is seen here, told to control. */
export class Replica {
  readonly store = new MemoryStore()
  /** Routes that backends announce. */
  readonly routes = new ToldRoutes()
  /** Texts of the configuration file, as they come into force. */
  readonly configs = new Subscribers<string>()
  readonly #options: ReplicaOptions
  readonly #link: WorkerLink
  /** Successes of these wait to be told. */
  readonly #succeeded: ManagedBackend[] = []
  readonly #loads = new ToldLoads()
  readonly #shares = new WeakMap<ServiceSettings, ServiceSettings>()
  #config: string | undefined
  #selfSigned: CertificatePair | undefined
  /** The first state, which is here before there are services. */
  #first: State | undefined
  #services: Services | undefined
  #takeAll: (() => unknown) | undefined
  #onFirst: (() => void) | undefined
  #cancelReport: (() => void) | undefined

  constructor (options: ReplicaOptions) {
    const { path, worker, pid, version, clock } = options
    this.#options = options
    this.#link = new WorkerLink({
      path,
      clock,
      hello: () => ({ type: 'hello', worker, pid, version, ejected: this.#ejected() }),
      onMessage: (message) => { this.#hear(message) },
      onState: (state) => { this.#take(state) },
      onAway: () => { this.#judgeAlone() }
    })
  }

  /** Resolves when control has said how things are. */
  connect (): Promise<void> {
    return new Promise((resolve) => {
      this.#onFirst = resolve
      this.#link.connect()
    })
  }

  /** Control is there; otherwise this process is on its own. */
  get isLinked (): boolean {
    return this.#link.isThere
  }

  /** The text of the configuration file in force, if there is one. */
  get config (): string | undefined {
    return this.#config
  }

  /** The certificate that all serve for want of another. */
  get selfSigned (): CertificatePair | undefined {
    return this.#selfSigned
  }

  /** What judges the backends of a service here: control, and while that is away this process. */
  createJudge (options: OutlierDetectionOptions, surroundings: OutlierSurroundings): OutlierJudge {
    const link = this.#link
    const distant: DistantJudge = {
      get isThere () { return link.isThere },
      onEvidence: ({ id }, evidence) => { link.send({ type: 'evidence', id, evidence }) },
      onSuccess: (backend) => { this.#succeeded.push(backend) },
      onProbe: ({ id }, step) => { link.send({ type: 'probing', id, step }) }
    }
    return new ReportingJudge(options, surroundings, distant)
  }

  /** The part of a service's limits that this worker goes by; the same for the same settings. */
  shareOf (settings: ServiceSettings): ServiceSettings {
    const share = this.#shares.get(settings) ?? workerShare(settings, this.#options.workers)
    this.#shares.set(settings, share)
    return share
  }

  /** From now on these are kept as control has them. */
  follow (services: Services): void {
    this.#services = services
    for (const news of this.#first?.health ?? []) this.#learn(news)
    this.#first = undefined
    this.#report()
  }

  /** Control gets a report of all that was counted, whenever it comes back. */
  reportWith (takeAll: () => unknown): void {
    this.#takeAll = takeAll
    if (this.isLinked) this.report(takeAll())
  }

  report (report: unknown): void {
    this.#link.send({ type: 'report', report })
  }

  close (): void {
    this.#cancelReport?.()
    this.#link.close()
  }

  #take (state: State): void {
    this.#selfSigned ??= state.selfSigned ?? undefined
    if (state.config !== null && state.config !== this.#config) this.#takeConfig(state.config)
    const told = new Set(state.entries.map(({ id }) => id))
    for (const { id } of this.store.snapshot()) if (!told.has(id)) this.store.remove(id, 'it left while control was away')
    for (const entry of state.entries) this.store.put(entry, 'as control has it')
    this.routes.set(state.routes.map(announcementFrom))
    this.#loads.clear()
    if (this.#services === undefined) this.#first = state
    else for (const news of state.health) this.#learn(news)
    if (this.#takeAll !== undefined) this.report(this.#takeAll())
    this.#onFirst?.()
  }

  #takeConfig (text: string): void {
    this.#config = text
    this.configs.notify(text)
  }

  #hear (message: Exclude<ToWorker, State | { type: 'tick' }>): void {
    switch (message.type) {
      case 'put':
        this.store.put(message.entry, message.why)
        // Control waits to hear that nothing more is sent there.
        this.#loads.forget(message.entry.id)
        if (message.entry.desiredState !== 'ready') this.#tellLoads()
        break
      case 'remove': return this.store.remove(message.id, message.why)
      case 'health': return this.#learn(message.news)
      case 'probe': {
        const found = this.#services?.findShared(message.id)
        if (found !== undefined) (found.shared.judge as ReportingJudge).grant(found.backend)
        break
      }
      case 'routes': return this.routes.set(message.routes.map(announcementFrom))
      case 'config': return this.#takeConfig(message.text)
      case 'elsewhere': return this.#takeElsewhere(message.backends)
      case 'quota': return this.#takeQuota(message)
      default: message satisfies never
    }
  }

  #learn (news: HealthNews): void {
    const found = this.#services?.findShared(news.id)
    if (found === undefined) return
    const { backend, shared: { members, judge } } = found
    members.change(backend, news.why, () => {
      (judge as ReportingJudge).onVerdict(backend)
      backend.health = withNews(backend.health, news, this.#options.clock.now())
      if (news.slowStartAgeMs !== undefined) members.startSlowly(backend, news.slowStartAgeMs)
    })
  }

  #takeQuota ({ id, requests, turn }: Extract<ToWorker, { type: 'quota' }>): void {
    const found = this.#services?.findShared(id)
    if (found === undefined) return
    const { backend: { load }, shared } = found
    const hasMore = requests > (load.quota ?? 0)
    load.quota = requests
    this.#link.send({ type: 'in-quota', id, turn, inFlight: load.inFlight })
    if (hasMore) shared.offerRoom()
  }

  #takeElsewhere (rows: ReadonlyArray<readonly [id: string, inFlight: number]>): void {
    for (const [id, inFlight] of rows) {
      const found = this.#services?.findShared(id)
      found?.shared.onElsewhere(found.backend, inFlight)
    }
  }

  /** Backends that were ejected here while control was away, or by control before that. */
  #ejected (): HealthNews[] {
    const now = this.#options.clock.now()
    return this.#managed().filter(({ health }) => health.ejection.state === 'ejected')
      .map(({ id, health }) => newsOf(id, health, 'a worker has ejected it', now))
  }

  /** What is ejected comes back by the judge of this process; of what others have in flight, nothing is known any more. */
  #judgeAlone (): void {
    for (const { shared } of this.#services?.all() ?? []) {
      for (const backend of shared.members.all()) {
        shared.judge.adopt(backend)
        if (backend.load.elsewhere > 0) shared.onElsewhere(backend, 0)
      }
    }
  }

  #report (): void {
    this.#tellSuccesses()
    this.#tellLoads()
    this.#cancelReport = this.#options.clock.after(reportMs, () => { this.#report() })
  }

  #tellSuccesses (): void {
    const counts = this.#succeeded.filter(({ load }) => load.unreported > 0).map(({ id, load }) => [id, load.unreported] as const)
    for (const { load } of this.#succeeded) load.unreported = 0
    this.#succeeded.length = 0
    if (counts.length > 0) this.#link.send({ type: 'successes', counts })
  }

  #tellLoads (): void {
    const loads = this.#loads.changed(this.#services?.all() ?? [], this.#options.clock.now())
    if (loads !== undefined) this.#link.send(loads)
  }

  #managed (): ManagedBackend[] {
    return this.#services?.all().flatMap(({ shared }) => shared.members.all()) ?? []
  }
}
