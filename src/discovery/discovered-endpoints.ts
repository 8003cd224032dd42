import type { Clock } from '../base/clock.ts'
import type { DiscoverySource, Endpoint } from './source.ts'

export interface DiscoveredEndpointsOptions {
  readonly source: DiscoverySource
  /** What was known before, from a source that said the same, or from before a restart. */
  readonly known: readonly Endpoint[]
  readonly clock: Clock
  /** Whether the backend there passes the gateway's own checks. */
  readonly isPassing: (endpoint: Endpoint) => boolean
  /** Told whenever there may be others than before. */
  readonly onEndpoints: (endpoints: readonly Endpoint[]) => void
  /** Told once when nothing can be learnt any more, with the reason, and once when that is over, without. */
  readonly onProblem: (why: string | undefined) => void
}

/** So long a source has to say that there is nothing where there was something before that is believed, in ms. */
const doubtMs = 10_000

/**
 * What a source says, held to the rule that its failure takes nothing away: without an answer what was known holds on, and an empty one
 * is believed after 10 s, and never of backends that pass the gateway's own checks.
 */
export class DiscoveredEndpoints {
  readonly #options: DiscoveredEndpointsOptions
  readonly #end: () => void
  #endpoints: readonly Endpoint[]
  #emptySince: number | undefined
  #answeredAt: number | undefined
  #problem: string | undefined
  #tellAnswered = (): void => {}
  /** Resolves with the first answer, or the first failure. */
  readonly answered = new Promise<void>((resolve) => { this.#tellAnswered = resolve })

  constructor (options: DiscoveredEndpointsOptions) {
    this.#options = options
    this.#endpoints = options.known
    this.#end = options.source.watch({
      onSnapshot: (endpoints) => { this.#onSnapshot(endpoints) },
      onProblem: (why) => { this.#onProblem(why) }
    })
  }

  get endpoints (): readonly Endpoint[] {
    return this.#endpoints
  }

  /** In ms; null before the first answer. */
  get ageMs (): number | null {
    return this.#answeredAt === undefined ? null : Math.round(this.#options.clock.now() - this.#answeredAt)
  }

  /** Why nothing can be learnt now; null while all is well. */
  get problem (): string | null {
    return this.#problem ?? null
  }

  end (): void {
    this.#end()
    this.#tellAnswered()
  }

  #onSnapshot (endpoints: readonly Endpoint[]): void {
    this.#answeredAt = this.#options.clock.now()
    this.#setProblem(undefined)
    this.#take(endpoints.length > 0 ? endpoints : this.#inDoubt(this.#answeredAt))
    this.#emptySince = endpoints.length > 0 ? undefined : this.#emptySince ?? this.#answeredAt
    this.#tellAnswered()
  }

  /** What is left when the source says that nothing is. */
  #inDoubt (now: number): readonly Endpoint[] {
    if (this.#emptySince === undefined || now - this.#emptySince < doubtMs) return this.#endpoints
    return this.#endpoints.filter((endpoint) => this.#options.isPassing(endpoint))
  }

  #take (endpoints: readonly Endpoint[]): void {
    this.#endpoints = endpoints
    this.#options.onEndpoints(endpoints)
  }

  #onProblem (why: string): void {
    this.#setProblem(why)
    this.#tellAnswered()
  }

  #setProblem (why: string | undefined): void {
    const isNews = (why === undefined) !== (this.#problem === undefined)
    this.#problem = why
    if (isNews) this.#options.onProblem(why)
  }
}
