import { SettingError } from '../config/setting-error.ts'
import type { DesiredState } from '../backends/backend.ts'
import type { HealthCheckView } from '../backends/health-check-view.ts'
import type { Hold } from './holders.ts'
import { ReplacedFile, type ReplacedFileListener } from './replaced-file.ts'

/** What of a backend outlives the process. */
export interface PersistedBackend {
  readonly url: string
  readonly name: string
  readonly weight: number
  readonly zone?: string
  readonly backup?: boolean
  readonly healthCheck?: HealthCheckView
  /** Of one that gave no name. */
  readonly ttlMs?: number
  /** Of those that gave one, and of one that did not. */
  readonly holders?: readonly Hold[]
  readonly state?: DesiredState
}

/** What an operator has decided of a backend in BACKENDS. */
export interface PersistedDecision {
  readonly url: string
  readonly weight?: number
  readonly state?: DesiredState
}

export interface RegistryState {
  readonly version: 1
  readonly registered: readonly PersistedBackend[]
  readonly configured: readonly PersistedDecision[]
}

/** Keeps the registry's state in a file. */
export class RegistryFile {
  readonly #path: string
  readonly #file: ReplacedFile
  readonly #collect: () => RegistryState
  #isStale = false
  #saving: Promise<void> | undefined

  /** `collect` says what to keep, at the time of writing. */
  constructor (path: string, collect: () => RegistryState, listener: ReplacedFileListener) {
    this.#path = path
    this.#file = new ReplacedFile(path, listener)
    this.#collect = collect
  }

  /** Reads the persisted state; undefined when there is none yet. Throws a `SettingError` when there is one that cannot be used. */
  async read (validate: (state: unknown) => string | undefined): Promise<RegistryState | undefined> {
    let text: string | undefined
    try {
      text = await this.#file.read()
    } catch (error) {
      throw this.#unusable(`it cannot be read: ${(error as Error).message}`)
    }
    if (text === undefined) return undefined
    let state: unknown
    try {
      state = JSON.parse(text)
    } catch {
      throw this.#unusable('it is not JSON; fix it, or move it away to start without it')
    }
    const problem = validate(state)
    if (problem !== undefined) throw this.#unusable(`${problem}; fix it, or move it away to start without it`)
    return state as RegistryState
  }

  /** Resolves when all changes up to now are on the disk; rejects when they cannot be brought there. */
  save (): Promise<void> {
    this.#isStale = true
    return (this.#saving ??= this.#saveAll().finally(() => { this.#saving = undefined }))
  }

  /** Resolves when nothing is being written. */
  async settled (): Promise<void> {
    await this.#saving?.catch(() => {})
  }

  async #saveAll (): Promise<void> {
    // In the next turn, so that changes of one moment are one write.
    await Promise.resolve()
    while (this.#isStale) {
      this.#isStale = false
      await this.#file.write(`${JSON.stringify(this.#collect(), null, 2)}\n`)
    }
  }

  #unusable (problem: string): SettingError {
    return new SettingError('REGISTRY_FILE', this.#path, problem)
  }
}
