import { newsOf, withNews, type HealthNews } from '../backends/health-news.ts'
import type { CertificatePair } from '../downstream/tls/certificate.ts'
import type { Clock } from '../base/clock.ts'
import type { Announcement } from '../registry/announcement.ts'
import type { RegistryChange, RegistryStore } from '../registry/store.ts'
import type { ManagedBackend } from '../services/managed-backend.ts'
import { ReportedAttempts } from '../services/reported-attempts.ts'
import type { Services } from '../services/services.ts'
import { WorkerLoads } from '../services/worker-loads.ts'
import { announcementText } from './announcement-text.ts'
import { ControlLink } from './control-link.ts'
import type { Hello, ToControl } from './messages.ts'

export interface WorkerHubOptions {
  readonly path: string
  /** How many workers there are when all are there. */
  readonly workers: number
  readonly version: string
  readonly clock: Clock
  readonly store: RegistryStore
  readonly services: Services
  readonly routes: () => readonly Announcement[]
  /** The text of the configuration file in force, if there is one. */
  readonly config: () => string | undefined
  /** The certificate that was made up for want of another, if it was. */
  readonly selfSigned: () => CertificatePair | undefined
  /** A worker has come, or has come back. */
  readonly onWorker: (hello: Hello) => void
  /** It has told what it has counted. */
  readonly onReport: (worker: number, report: unknown) => void
  readonly onWorkerGone: (worker: number) => void
  /** The registry, for another control that takes the place of this one. Resolves with it when nobody changes it here any more. */
  readonly giveRegistry: () => Promise<unknown>
  /** That other control is gone, and this one goes on. */
  readonly onSuccessorGone: () => void
  /** All that was counted. */
  readonly takeReport: () => unknown
  readonly onThrown: (error: unknown) => void
}

/** How often workers hear what the others have in flight. */
const elsewhereMs = 100

/** In control: tells workers what is decided, and hears from them what they see. */
export class WorkerHub {
  readonly #options: WorkerHubOptions
  readonly #link: ControlLink
  readonly #attempts: ReportedAttempts
  readonly #loads: WorkerLoads
  #cancelElsewhere: (() => void) | undefined

  constructor (options: WorkerHubOptions) {
    const { path, version, clock, services, workers, onThrown } = options
    this.#options = options
    this.#attempts = new ReportedAttempts({
      services,
      clock,
      grant: (worker, { id }) => this.#link.send(worker, { type: 'probe', id }),
      onTrialEnded: (backend) => { this.#link.broadcast({ type: 'health', news: this.#newsOf(backend, 'it is no longer on trial') }) }
    })
    this.#loads = new WorkerLoads({
      services,
      clock,
      tell: (worker, { id }, requests, turn) => { this.#link.send(worker, { type: 'quota', id, requests, turn }) }
    }, workers)
    this.#link = new ControlLink({
      path,
      version,
      clock,
      onThrown,
      onWorker: (hello) => {
        options.onWorker(hello)
        this.#welcome(hello)
      },
      onMessage: (worker, message) => { this.#hear(worker, message) },
      onWorkerGone: (worker) => {
        this.#attempts.removeWorker(worker)
        this.#loads.removeWorker(worker)
        options.onWorkerGone(worker)
      },
      onSuccessor: async (theirs) => ({
        type: 'inheritance',
        registry: await options.giveRegistry(),
        ejected: theirs === version ? this.#ejected() : [],
        report: options.takeReport()
      }),
      onSuccessorGone: options.onSuccessorGone,
      lastReport: options.takeReport
    })
  }

  /** Rejects when the socket of the link cannot be listened on. */
  async listen (): Promise<void> {
    const { services } = this.#options
    services.watchProbes((backend) => { this.#attempts.onDue(backend) })
    services.events.subscribe(({ type, backend: { id }, why }) => {
      const found = services.findShared(id)
      if (type === 'leave') {
        if (found !== undefined) this.#loads.forget(found.backend)
      } else if (type !== 'change' && found !== undefined) {
        this.#link.broadcast({ type: 'health', news: this.#newsOf(found.backend, why) })
      }
    })
    await this.#link.listen()
    this.#tellElsewhere()
  }

  /** The numbers of the workers that are there. */
  workers (): readonly number[] {
    return this.#link.workers()
  }

  /** Must hear of changes before the services do: no worker may be said to have nothing in flight before it was asked. */
  onRegistryChange (change: RegistryChange): void {
    const { type, entry } = change
    if (type === 'remove') this.#link.broadcast({ type: 'remove', id: entry.id, why: change.why })
    if (type !== 'put') return
    const known = this.#options.services.findShared(entry.id)?.backend
    if (known !== undefined && entry.desiredState === 'draining' && known.desiredState !== 'draining') this.#loads.expect(known)
    this.#link.broadcast({ type: 'put', entry, why: change.why })
  }

  onRoutes (): void {
    this.#link.broadcast({ type: 'routes', routes: this.#options.routes().map(announcementText) })
  }

  onConfig (): void {
    const text = this.#options.config()
    if (text !== undefined) this.#link.broadcast({ type: 'config', text })
  }

  /** Resolves when the control that takes the place of this one has been told the rest, if there is one. */
  async close (): Promise<void> {
    this.#cancelElsewhere?.()
    await this.#link.close()
  }

  #welcome ({ worker, ejected }: Hello): void {
    const { store, routes, config, selfSigned } = this.#options
    for (const news of ejected) this.adopt(news)
    this.#link.send(worker, {
      type: 'state',
      entries: store.snapshot(),
      health: this.#health(),
      routes: routes().map(announcementText),
      config: config() ?? null,
      selfSigned: selfSigned() ?? null
    })
    this.#attempts.addWorker(worker)
    this.#loads.addWorker(worker)
  }

  /** Another process has ejected this backend: a worker while control was away, or the control whose place this one takes. */
  adopt (news: HealthNews): void {
    const found = this.#options.services.findShared(news.id)
    if (found === undefined) return
    const { backend, shared } = found
    if (backend.health.checked.state !== 'healthy' || backend.health.ejection.state !== 'none') return
    shared.members.change(backend, news.why, () => {
      backend.health = withNews(backend.health, { ...news, checked: 'healthy' }, this.#options.clock.now())
      shared.judge.adopt(backend)
    })
  }

  #tellElsewhere (): void {
    for (const [worker, backends] of this.#loads.takeElsewhere()) this.#link.send(worker, { type: 'elsewhere', backends })
    this.#cancelElsewhere = this.#options.clock.after(elsewhereMs, () => { this.#tellElsewhere() })
  }

  #health (): HealthNews[] {
    const { services } = this.#options
    return services.all().flatMap(({ shared }) => shared.members.all()).map((backend) => this.#newsOf(backend, backend.entered.why))
  }

  #ejected (): HealthNews[] {
    return this.#health().filter(({ ejection }) => ejection.state !== 'none')
  }

  #newsOf (backend: ManagedBackend, why: string): HealthNews {
    const age = this.#options.services.of(backend)?.shared.members.slowStartAge(backend)
    return newsOf(backend.id, backend.health, why, this.#options.clock.now(), age)
  }

  #hear (worker: number, message: Exclude<ToControl, Hello>): void {
    switch (message.type) {
      case 'evidence': return this.#attempts.onEvidence(worker, message.id, message.evidence)
      case 'successes':
        for (const [id, count] of message.counts) this.#attempts.onSuccesses(worker, id, count)
        break
      case 'probing': return this.#attempts.onProbe(worker, message.id, message.step)
      case 'load': {
        const queued = new Map(message.queued)
        for (const [id, inFlight, unanswered, silentMs, service] of message.backends) {
          this.#loads.onLoad(worker, id, { inFlight, unanswered, silentMs, queued: queued.get(service) ?? 0 })
        }
        break
      }
      case 'report': return this.#options.onReport(worker, message.report)
      case 'in-quota': return this.#loads.onAnswer(worker, message.id, message.turn, message.inFlight)
      default: message satisfies never
    }
  }
}
