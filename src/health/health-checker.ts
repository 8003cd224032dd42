import type { Backend } from '../backends/backend.ts'
import type { Registry } from '../backends/registry.ts'
import type { Clock } from '../clock.ts'
import type { Probe } from './probe.ts'

export interface HealthCheckerOptions {
  readonly registry: Registry
  readonly probe: Probe
  readonly intervalMs: number
  readonly clock: Clock
  readonly random: () => number
}

/** Share of the interval by which a round comes earlier or later, so that gateways and backends do not fall into step. */
const jitterRatio = 0.1

/** Checks every backend on its own schedule: the next check is planned when the last one has ended, so none overlap. */
export class HealthChecker {
  readonly #options: HealthCheckerOptions
  readonly #cancels = new Map<Backend, () => void>()
  readonly #ending = new AbortController()

  constructor (options: HealthCheckerOptions) {
    this.#options = options
  }

  /** Checks every backend once and then goes on in the background. Resolves when the first round is over. */
  async start (): Promise<void> {
    await Promise.all(this.#options.registry.backends().map((backend) => this.#check(backend)))
  }

  stop (): void {
    this.#ending.abort()
    for (const cancel of this.#cancels.values()) cancel()
    this.#cancels.clear()
  }

  async #check (backend: Backend): Promise<void> {
    const { registry, probe, clock } = this.#options
    const startedAt = clock.now()
    const { passed, detail } = await probe(backend.url, this.#ending.signal)
    if (this.#ending.signal.aborted) return
    const durationMs = clock.now() - startedAt
    registry.reportCheck(backend, { passed, detail, durationMs, at: clock.date() })
    this.#plan(backend, durationMs)
  }

  #plan (backend: Backend, lastTookMs: number): void {
    const { intervalMs, clock, random } = this.#options
    const jitter = 1 + jitterRatio * (2 * random() - 1)
    const delayMs = Math.max(0, intervalMs * jitter - lastTookMs)
    this.#cancels.set(backend, clock.after(delayMs, () => { this.#check(backend) }))
  }
}
