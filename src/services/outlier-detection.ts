import type { Clock } from '../base/clock.ts'
import {
  dueForProbe, ejected, isTrial, passedTrial, probedInVain, probedSince, returned, withCheckOfEjected, type Evidence
} from '../backends/health.ts'
import type { FailureReason } from '../backends/failure-reason.ts'
import type { Audience } from './routing-facts.ts'
import type { AttemptFacts, Outcome } from './attempt.ts'
import { evidenceFrom, wordsFor, type FailedWith } from './evidence.ts'
import type { ManagedBackend } from './managed-backend.ts'
import type { OutlierJudge, OutlierSettings, OutlierSurroundings } from './outlier-judge.ts'

export interface OutlierDetectionOptions extends OutlierSettings {
  readonly clock: Clock
}

/** How long a request may still probe a backend whose ejection is over, before it returns without a probe. */
const graceMs = 1000

/**
 * Ejects backends by what live traffic shows of them, and brings them back: by one request that probes each when its time
 * is over; where none comes, by the clock, on trial. So every ejection ends, whatever the traffic is.
 */
export class OutlierDetection implements OutlierJudge {
  #options: OutlierDetectionOptions
  readonly #surroundings: OutlierSurroundings
  /** Those that are ejected or being probed, in the order in which they were ejected, with what cancels their next step. */
  readonly #cancels = new Map<ManagedBackend, () => void>()

  constructor (options: OutlierDetectionOptions, surroundings: OutlierSurroundings) {
    this.#options = options
    this.#surroundings = surroundings
  }

  configure (settings: OutlierSettings): void {
    this.#options = { ...this.#options, ...settings }
  }

  due (tried: readonly unknown[], audience: Audience | undefined): ManagedBackend | undefined {
    if (this.#cancels.size === 0) return undefined
    for (const backend of this.#cancels.keys()) {
      if (this.isDue(backend) && !tried.includes(backend) && audience?.has(backend.id) !== false) return backend
    }
    return undefined
  }

  isDue (backend: ManagedBackend): boolean {
    const { ejection } = backend.health
    return ejection.state === 'ejected' && ejection.isDue && backend.state === 'ejected' && !this.#surroundings.isFull(backend)
  }

  beginProbe (backend: ManagedBackend, nowMs: number): void {
    this.#change(backend, 'its ejection is over: one request probes it', () => {
      backend.health = probedSince(backend.health, nowMs)
      this.#next(backend, this.#options.probeTimeoutMs, () => { this.#probeAgain(backend) })
    })
  }

  onProbeSent (backend: ManagedBackend, attempt: AttemptFacts): void {
    if (backend.health.ejection.state !== 'probing' || !isTestedBy(backend, attempt)) return
    const { probeTimeoutMs } = this.#options
    this.#next(backend, probeTimeoutMs, () => {
      this.#eject(backend, { why: `the probe failed: no response within ${probeTimeoutMs} ms`, isAnswer: false }, attempt.startedAt)
    })
  }

  onProbeAnswered (backend: ManagedBackend, attempt: AttemptFacts): void {
    if (!isTestedBy(backend, attempt)) return
    const { errorStatus } = attempt
    if (errorStatus === undefined) this.#passProbe(backend)
    else if (backend.health.ejection.state === 'probing') this.#eject(backend, failedProbe(errorStatus))
  }

  judge (backend: ManagedBackend, attempt: AttemptFacts, outcome: Outcome, failure: FailureReason | undefined): void {
    const { clock } = this.#options
    const { errorStatus, startedAt } = attempt
    const failed = outcome === 'backend-failure' ? failure : outcome === 'success' ? errorStatus : undefined
    const isSuccess = outcome === 'success' && failed === undefined
    if (isSuccess) {
      if (isTrial(backend.health, startedAt)) backend.health = passedTrial(backend.health)
      backend.load.recent.addSuccess(clock.now())
    }
    const evidence = failed === undefined ? undefined : this.#count(backend, failed, startedAt)

    const { ejection } = backend.health
    switch (ejection.state) {
      case 'none':
        if (evidence !== undefined && this.#mayEject(backend, evidence)) this.#eject(backend, evidence)
        break
      case 'probing':
        if (!isTestedBy(backend, attempt)) break
        if (isSuccess) this.#passProbe(backend)
        else if (failed !== undefined) this.#eject(backend, failedProbe(failed))
        else this.#probeAgain(backend)
        break
      case 'ejected':
        if (isSuccess && this.#surroundings.members.rotation.isFailingOpen) this.#return(backend, 'it responds again')
        break
      default:
        ejection satisfies never
    }
  }

  onCheck (backend: ManagedBackend, passed: boolean, rise: number): void {
    if (backend.health.checked.state === 'unhealthy' && backend.health.ejection.state !== 'none') this.#end(backend)
    backend.health = withCheckOfEjected(backend.health, passed)
    const { ejection } = backend.health
    if (ejection.state !== 'ejected' || !ejection.wasUnanswered || ejection.passes < rise) return
    this.#end(backend)
    this.#surroundings.members.startSlowly(backend)
  }

  adopt (backend: ManagedBackend): void {
    const { ejection } = backend.health
    if (ejection.state === 'ejected') {
      this.#next(backend, Math.max(0, ejection.until - this.#options.clock.now()), () => { this.#becomeDue(backend) })
    } else if (ejection.state === 'probing') this.#next(backend, this.#options.probeTimeoutMs, () => { this.#probeAgain(backend) })
  }

  forget (backend: ManagedBackend): void {
    this.#cancels.get(backend)?.()
    this.#cancels.delete(backend)
  }

  close (): void {
    for (const cancel of this.#cancels.values()) cancel()
  }

  #count (backend: ManagedBackend, failed: FailedWith, startedAt: number): Evidence | undefined {
    const { clock, outliers } = this.#options
    const { health, load: { recent } } = backend
    const now = clock.now()
    recent.addFailure(typeof failed === 'number', now)
    return evidenceFrom(failed, recent, health, outliers, now, startedAt)
  }

  #change (backend: ManagedBackend, why: string, change: () => void): void {
    this.#surroundings.members.change(backend, why, change)
  }

  #eject (backend: ManagedBackend, evidence: Evidence, probeAt?: number): void {
    const { outliers: { ejectMs }, clock } = this.#options
    this.#change(backend, evidence.why, () => {
      const now = clock.now()
      backend.health = ejected(backend.health, ejectMs, evidence, now, probeAt)
      this.forget(backend)
      const { ejection } = backend.health
      if (ejection.state === 'ejected') this.#next(backend, ejection.until - now, () => { this.#becomeDue(backend) })
    })
  }

  #probeAgain (backend: ManagedBackend): void {
    const why = 'the probe was inconclusive'
    this.#change(backend, why, () => {
      backend.health = probedInVain(backend.health, why, this.#options.clock.now())
      this.#limitGrace(backend)
    })
    this.#surroundings.offerProbe(backend)
  }

  /** From now on a request may probe it, also one that waits. It may be that none comes: sticky clients of others never probe it. */
  #becomeDue (backend: ManagedBackend): void {
    backend.health = dueForProbe(backend.health)
    this.#limitGrace(backend)
    this.#surroundings.offerProbe(backend)
  }

  #limitGrace (backend: ManagedBackend): void {
    this.#next(backend, graceMs, () => {
      this.#return(backend, 'its ejection is over and no request probed it: it is on trial', true)
    })
  }

  #passProbe (backend: ManagedBackend): void {
    this.#return(backend, 'the probe succeeded')
  }

  #return (backend: ManagedBackend, why: string, isOnTrial = false): void {
    this.#change(backend, why, () => {
      this.#end(backend, isOnTrial)
      this.#surroundings.members.startSlowly(backend)
    })
  }

  /** It starts over with a clean sheet, but for how often it was ejected. */
  #end (backend: ManagedBackend, isOnTrial = false): void {
    backend.health = returned(backend.health, this.#options.clock.now(), isOnTrial)
    backend.load.recent.clear()
    this.forget(backend)
  }

  #next (backend: ManagedBackend, delayMs: number, step: () => void): void {
    this.#cancels.get(backend)?.()
    this.#cancels.set(backend, this.#options.clock.after(delayMs, step))
  }

  /** Never the last one, and never more than the operator allows; but one of several always may be. */
  #mayEject (backend: ManagedBackend, { isAnswer }: Evidence): boolean {
    if (isAnswer && this.#allAnswerAlike(backend)) return false
    const { members } = this.#surroundings
    const candidates = members.all().filter(({ desiredState, health }) => desiredState === 'ready' && health.checked.state === 'healthy')
    const most = this.#options.outliers.maxEjectedPercent / 100 * candidates.length
    const ejectedCount = candidates.filter(({ health }) => health.ejection.state !== 'none').length
    const hasOthers = members.rotation.all.some((other) => other !== backend && other.health.ejection.state === 'none')
    return hasOthers && ejectedCount + 1 <= (most > 0 ? Math.max(1, Math.floor(most)) : 0)
  }

  /** Where every backend answers with errors, it is the requests and not the backends. */
  #allAnswerAlike (backend: ManagedBackend): boolean {
    const muchRatio = backend.load.recent.errorRatio / 4
    return this.#surroundings.members.rotation.all.every(({ load }) => load.recent.errorRatio >= muchRatio)
  }
}

/** The attempt is the probe, or was and took too long: an answer still shows that the backend is well, if a slow one. */
function isTestedBy ({ health: { ejection } }: ManagedBackend, { isProbe, startedAt }: AttemptFacts): boolean {
  if (!isProbe || ejection.state === 'none') return false
  return (ejection.state === 'probing' ? ejection.since : ejection.probeAt) === startedAt
}

function failedProbe (failed: FailedWith): Evidence {
  return { why: `the probe failed: ${wordsFor(failed)}`, isAnswer: typeof failed === 'number' }
}
