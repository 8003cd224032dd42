import type { Clock } from '../base/clock.ts'
import type { AttemptFacts } from './attempt.ts'
import type { ManagedBackend } from './managed-backend.ts'
import type { Evidence, ProbeStep } from './reporting-judge.ts'
import type { Services } from './services.ts'

export interface ReportedAttemptsOptions {
  readonly services: Services
  readonly clock: Clock
  /** Lets this process, and no other, probe the backend with its next request; false where it cannot be told. */
  readonly grant: (worker: number, backend: ManagedBackend) => boolean
  /** A backend has passed its trial, which is no event, but nothing that workers need to report any more. */
  readonly onTrialEnded: (backend: ManagedBackend) => void
}

/** Where it is judged: attempts that were made by workers, as evidence for the judge of their service. */
export class ReportedAttempts {
  readonly #options: ReportedAttemptsOptions
  /** Workers by the time of their last attempt, the latest last. */
  readonly #recent = new Set<number>()
  /** Who has been let probe a backend, and since when it does. */
  readonly #probes = new Map<ManagedBackend, { readonly worker: number, startedAt: number | undefined }>()

  constructor (options: ReportedAttemptsOptions) {
    this.#options = options
  }

  addWorker (worker: number): void {
    if (!this.#recent.has(worker)) this.#recent.add(worker)
  }

  /** It is no more: what it was to probe, another one probes. */
  removeWorker (worker: number): void {
    this.#recent.delete(worker)
    for (const [backend, probe] of this.#probes) {
      if (probe.worker !== worker) continue
      this.#probes.delete(backend)
      if (probe.startedAt === undefined) this.onDue(backend)
      else this.#options.services.of(backend)?.shared.judge.judge(backend, probeFacts(probe.startedAt), 'gateway-failure', undefined)
    }
  }

  /** The ejection of this backend is over: one worker is to probe it, of those that have requests. */
  onDue (backend: ManagedBackend): void {
    for (const worker of [...this.#recent].reverse()) {
      if (!this.#options.grant(worker, backend)) continue
      this.#probes.set(backend, { worker, startedAt: undefined })
      return
    }
  }

  onSuccesses (worker: number, id: string, count: number): void {
    this.#seen(worker)
    const found = this.#options.services.findShared(id)
    if (found !== undefined) this.#addSuccesses(found.backend, count)
  }

  onEvidence (worker: number, id: string, { outcome, failure, errorStatus, isProbe, agoMs, successesBefore }: Evidence): void {
    this.#seen(worker)
    const found = this.#options.services.findShared(id)
    if (found === undefined) return
    const { backend, shared } = found
    this.#addSuccesses(backend, successesBefore)
    const probe = isProbe ? this.#probeOf(backend, worker) : undefined
    if (isProbe && probe === undefined) return
    const startedAt = probe?.startedAt ?? this.#options.clock.now() - agoMs
    if (isProbe) this.#probes.delete(backend)
    const { isOnTrial } = backend.health
    shared.judge.judge(backend, { isProbe, startedAt, errorStatus }, outcome, failure)
    if (isOnTrial && !backend.health.isOnTrial && backend.health.ejection.state === 'none') this.#options.onTrialEnded(backend)
    if (failure === 'refused') shared.onRefused(backend)
  }

  onProbe (worker: number, id: string, step: ProbeStep): void {
    const found = this.#options.services.findShared(id)
    if (found === undefined) return
    const { backend, shared } = found
    const probe = this.#probeOf(backend, worker)
    if (probe === undefined) return
    if (step === 'began') {
      const { ejection } = backend.health
      // It may have come back in the meantime.
      if (ejection.state !== 'ejected' || !ejection.isDue) return
      probe.startedAt = this.#options.clock.now()
      shared.judge.beginProbe(backend, probe.startedAt)
    } else if (probe.startedAt !== undefined) {
      if (step === 'sent') shared.judge.onProbeSent(backend, probeFacts(probe.startedAt))
      else shared.judge.onProbeAnswered(backend, probeFacts(probe.startedAt, step === 'passed' ? undefined : step))
    }
  }

  #seen (worker: number): void {
    this.#recent.delete(worker)
    this.#recent.add(worker)
  }

  #probeOf (backend: ManagedBackend, worker: number) {
    const probe = this.#probes.get(backend)
    return probe?.worker === worker ? probe : undefined
  }

  #addSuccesses (backend: ManagedBackend, count: number): void {
    const now = this.#options.clock.now()
    for (let i = 0; i < count; i++) backend.load.recent.addSuccess(now)
  }
}

function probeFacts (startedAt: number, errorStatus?: number): AttemptFacts {
  return { isProbe: true, startedAt, errorStatus }
}
