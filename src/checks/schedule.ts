import type { Backend } from '../backends/backend.ts'
import type { Services } from '../services/services.ts'
import { inBackground } from '../base/background.ts'
import type { Clock } from '../base/clock.ts'
import type { CheckResult } from './check.ts'
import type { CheckRunner } from './check-runner.ts'

export interface CheckScheduleOptions {
  readonly services: Pick<Services, 'backends' | 'find' | 'of' | 'events' | 'watchRefusals'>
  readonly runner: Pick<CheckRunner, 'run' | 'forget' | 'close'>
  /** From the start of a check to the start of the next. */
  readonly intervalFor: (backend: Backend) => number
  readonly clock: Clock
  readonly random: () => number
  /** A check could not be made, or its result not be noted, by a fault of the gateway's own. The schedule goes on. */
  readonly onError: (error: unknown, backend: Backend) => void
}

/** Share of the interval by which a round comes earlier or later, so that gateways and backends do not fall into step. */
const jitterRatio = 0.1

/** While a state is in question, checks follow each other so much faster. */
const hurry = 4

/** What has just gone down is most likely being started again. */
const shortMs = 60_000

/** Checks that run at the same time. */
const maxAtOnce = 64

/** Checks every backend on its own schedule: the next check is planned when the last one has ended, so none overlap. */
export class CheckSchedule {
  readonly #options: CheckScheduleOptions
  /** What cancels the next check, of each backend that is not being checked now. */
  readonly #cancels = new Map<Backend, () => void>()
  /** Checks whose turn it is, but for which there is no room yet, in their order. */
  readonly #queued: Array<() => void> = []
  /** Checks that are under way, but for those of the first round. */
  readonly #current = new Map<Backend, Promise<void>>()
  readonly #unsubscribes: Array<() => void> = []
  #running = 0
  #isEnded = false

  constructor (options: CheckScheduleOptions) {
    this.#options = options
  }

  /** Checks every backend once and then goes on in the background. Resolves when the first round is over. */
  async start (): Promise<void> {
    const { services, random } = this.#options
    this.#unsubscribes.push(
      // A backend that refuses traffic is most likely gone.
      services.watchRefusals((backend) => { this.checkInBackground(backend) }),
      services.events.subscribe(({ type, backend }) => {
        if (type === 'join') this.#goOnInBackground(backend)
        else if (type === 'leave') this.#forget(backend)
      })
    )
    await Promise.all(services.backends().map(async (backend) => {
      await this.#check(backend, true)
      // The second round is spread over the interval.
      const intervalMs = this.#options.intervalFor(backend)
      this.#plan(backend, this.#isInQuestion(backend) ? intervalMs / hurry : intervalMs * (1 - random()))
    }))
  }

  stop (): void {
    this.#isEnded = true
    for (const unsubscribe of this.#unsubscribes) unsubscribe()
    for (const cancel of this.#cancels.values()) cancel()
    this.#cancels.clear()
    for (const enter of this.#queued) enter()
    this.#options.runner.close()
  }

  /** Checks at once and over a new connection, unless it is being checked anyway; resolves when a check is over. */
  async checkNow (backend: Backend): Promise<void> {
    const cancel = this.#cancels.get(backend)
    if (cancel === undefined) return await this.#current.get(backend)
    cancel()
    await this.#goOn(backend, true)
  }

  /** The same for those who do not wait for the result. */
  checkInBackground (backend: Backend): void {
    inBackground(this.checkNow(backend), (error) => { this.#options.onError(error, backend) })
  }

  #forget (backend: Backend): void {
    this.#cancels.get(backend)?.()
    this.#cancels.delete(backend)
    this.#options.runner.forget(backend)
  }

  #goOn (backend: Backend, isAsked = false): Promise<void> {
    this.#cancels.delete(backend)
    const check = this.#checkAndPlan(backend, isAsked)
    this.#current.set(backend, check)
    return check
  }

  #goOnInBackground (backend: Backend): void {
    inBackground(this.#goOn(backend), (error) => { this.#options.onError(error, backend) })
  }

  async #checkAndPlan (backend: Backend, isAsked: boolean): Promise<void> {
    const { intervalFor, random } = this.#options
    const tookMs = await this.#check(backend, isAsked)
    this.#current.delete(backend)
    const jitter = 1 + jitterRatio * (2 * random() - 1)
    this.#plan(backend, intervalFor(backend) * jitter / (this.#isInQuestion(backend) ? hurry : 1) - tookMs)
  }

  /** Resolves with how long it took, in ms. Never rejects: the next check is planned whatever became of this one. */
  async #check (backend: Backend, isAsked: boolean): Promise<number> {
    if (this.#running < maxAtOnce) this.#running++
    else await new Promise<void>((resolve) => { this.#queued.push(resolve) })
    const { clock, onError } = this.#options
    if (this.#isEnded) return 0
    const startedAt = clock.now()
    try {
      const result = await this.#run(backend, isAsked)
      this.#report(backend, result, clock.now() - startedAt)
    } catch (error) {
      onError(error, backend)
    }
    return clock.now() - startedAt
  }

  async #run (backend: Backend, isAsked: boolean): Promise<CheckResult> {
    try {
      return await this.#options.runner.run(backend, isAsked || this.#isInQuestion(backend))
    } finally {
      const next = this.#queued.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }

  #report (backend: Backend, { passed, detail, isInconclusive }: CheckResult, durationMs: number): void {
    const { services, clock } = this.#options
    if (isInconclusive === true || this.#isEnded || services.find(backend.id) !== backend) return
    services.of(backend)?.reportCheck(backend, { passed, detail, durationMs, at: clock.date() })
  }

  #plan (backend: Backend, delayMs: number): void {
    if (this.#isEnded || this.#options.services.find(backend.id) !== backend) return
    this.#cancels.set(backend, this.#options.clock.after(Math.max(0, delayMs), () => { this.#goOnInBackground(backend) }))
  }

  /**
   * It has stalled, the thresholds are not reached yet, it has been down for a short time only, or there is nothing to send
   * requests to.
   */
  #isInQuestion (backend: Backend): boolean {
    const { checked, downSince, ejection } = backend.health
    const { services, clock } = this.#options
    if (backend.isStalled(clock.now())) return true
    switch (checked.state) {
      case 'unchecked': return true
      case 'healthy': return checked.failures > 0 || (ejection.state === 'ejected' && ejection.wasUnanswered)
      case 'unhealthy': return checked.passes > 0 || clock.now() - downSince < shortMs || services.of(backend)?.rotation.length === 0
      default: return checked satisfies never
    }
  }
}
