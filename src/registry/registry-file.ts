import { Ajv, type ValidateFunction } from 'ajv'
import { registryFileSchemas, type RegistryState } from './file-schema.ts'
import { problemWithUrls } from './persisted-state.ts'
import { ReplacedFile, type ReplacedFileListener } from './replaced-file.ts'

/** Keeps the registry's state in a file. */
export class RegistryFile {
  readonly #file: ReplacedFile
  readonly #collect: () => RegistryState
  #isStale = false
  #saving: Promise<void> | undefined

  /** `collect` says what to keep, at the time of writing. */
  constructor (path: string, collect: () => RegistryState, listener: ReplacedFileListener) {
    this.#file = new ReplacedFile(path, listener)
    this.#collect = collect
  }

  /** Reads the persisted state; undefined when there is none yet, and what is wrong, as a phrase, when there is one that cannot be used. */
  async read (): Promise<RegistryState | string | undefined> {
    let text: string | undefined
    try {
      text = await this.#file.read()
    } catch (error) {
      return `it cannot be read: ${(error as Error).message}`
    }
    if (text === undefined) return undefined
    let state: unknown
    try {
      state = JSON.parse(text)
    } catch {
      return 'it is not JSON; fix it, or move it away to start without it'
    }
    const problem = problemWithState(state)
    if (problem !== undefined) return `${problem}; fix it, or move it away to start without it`
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
}

const ajv = new Ajv()
const validators = new Map<unknown, ValidateFunction>(
  Object.entries(registryFileSchemas).map(([version, schema]) => [Number(version), ajv.compile(schema)])
)

/** What is wrong with a state that somebody else has written, as a phrase; undefined: nothing. */
export function problemWithState (state: unknown): string | undefined {
  const version: unknown = (state as { version?: unknown } | null)?.version
  const isValid = validators.get(version)
  if (isValid === undefined) {
    return `its version is ${JSON.stringify(version) ?? 'missing'}, and this gateway reads ${[...validators.keys()].join(' and ')}`
  }
  if (isValid(state)) return problemWithUrls(state as RegistryState)
  const [error] = isValid.errors ?? []
  return `${error?.instancePath ?? ''} ${error?.message ?? 'is not valid'}`.trim()
}
