import { open, readFile, mkdir, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SettingError } from '../config/setting-error.ts'
import type { Will } from './backend.ts'
import type { CheckView } from './check-view.ts'
import type { Hold } from './holders.ts'

/** What of a backend outlives the process. */
export interface KeptBackend {
  readonly url: string
  readonly name: string
  readonly weight: number
  readonly zone?: string
  readonly backup?: boolean
  readonly healthCheck?: CheckView
  /** Of one that gave no name. */
  readonly ttlMs?: number
  /** Of those that gave one, and of one that did not. */
  readonly holders?: readonly Hold[]
  readonly state?: Will
}

/** What an operator has decided of a backend in BACKENDS. */
export interface KeptDecision {
  readonly url: string
  readonly weight?: number
  readonly state?: Will
}

export interface RegistryState {
  readonly version: 1
  readonly registered: readonly KeptBackend[]
  readonly configured: readonly KeptDecision[]
}

/**
 * Keeps the registry's state in a file. It is replaced as a whole, by a temporary file that is written to the disk and
 * renamed: whenever the process dies, there is the old state or the new one.
 */
export class RegistryFile {
  readonly #path: string
  readonly #collect: () => RegistryState
  #isStale = false
  #saving: Promise<void> | undefined

  /** `collect` says what to keep, at the time of writing. */
  constructor (path: string, collect: () => RegistryState) {
    this.#path = path
    this.#collect = collect
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
      await replace(this.#path, `${JSON.stringify(this.#collect(), null, 2)}\n`)
    }
  }
}

/** Reads the state that was kept; undefined when there is none yet. Throws a `SettingError` when there is one that cannot be used. */
export async function readRegistryFile (path: string, validate: (state: unknown) => string | undefined): Promise<RegistryState | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new SettingError('REGISTRY_FILE', path, `it cannot be read: ${(error as Error).message}`)
  }
  let state: unknown
  try {
    state = JSON.parse(text)
  } catch {
    throw new SettingError('REGISTRY_FILE', path, 'it is not JSON; mend it, or move it away to start without what it holds')
  }
  const problem = validate(state)
  if (problem !== undefined) throw new SettingError('REGISTRY_FILE', path, `${problem}; mend it, or move it away to start without what it holds`)
  return state as RegistryState
}

async function replace (path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.new`
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  await syncFolder(dirname(path))
}

/** The new name, too, is to survive a loss of power. */
async function syncFolder (path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
