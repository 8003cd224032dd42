import { randomBytes } from 'node:crypto'
import { link, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import type { Clock } from '../base/clock.ts'
import { repeat } from '../base/repeat.ts'

/** A lock that has not been touched for this long was left by a process that has ended. */
const maxAgeMs = 300_000
const touchMs = 60_000

/** Of all processes that share a folder, one at a time holds it: by a file that it touches. */
export class FolderLock {
  readonly #path: string
  readonly #clock: Clock
  readonly #id = randomBytes(12).toString('hex')
  #stopTouching: (() => void) | undefined

  constructor (path: string, clock: Clock) {
    this.#path = path
    this.#clock = clock
  }

  /** Resolves with whether it is held here now; rejects where the folder cannot be written to. */
  async take (): Promise<boolean> {
    const isTaken = await this.#create() || (await this.#removeStale() && await this.#create())
    if (isTaken) this.#stopTouching = repeat(this.#clock, touchMs, () => this.#touch(), () => {})
    return isTaken
  }

  async release (): Promise<void> {
    this.#stopTouching?.()
    const holder = await readFile(this.#path, 'utf8').catch(() => '')
    if (holder === this.#id) await rm(this.#path, { force: true })
  }

  async #create (): Promise<boolean> {
    try {
      const file = await open(this.#path, 'wx', 0o600)
      try {
        await file.writeFile(this.#id)
      } finally {
        await file.close()
      }
      await this.#touch()
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
      throw error
    }
  }

  async #touch (): Promise<void> {
    const at = this.#clock.date() / 1000
    await utimes(this.#path, at, at)
  }

  /** Returns false where it is in use. */
  async #removeStale (): Promise<boolean> {
    const age = await this.#ageOf(this.#path)
    if (age === undefined) return true
    if (age <= maxAgeMs) return false
    const aside = `${this.#path}.${this.#id}`
    const isAside = await rename(this.#path, aside).then(() => true, () => false)
    if (!isAside) return false
    // Between the look and the rename another process may have done the same, and made its own.
    const isStale = (await this.#ageOf(aside) ?? Infinity) > maxAgeMs
    if (!isStale) await link(aside, this.#path).catch(() => {})
    await rm(aside, { force: true })
    return isStale
  }

  /** How long ago it was touched, in ms; also from a time that has not come yet, where a clock was set back. Undefined: there is none. */
  async #ageOf (path: string): Promise<number | undefined> {
    const found = await stat(path).catch(() => undefined)
    return found && Math.abs(this.#clock.date() - found.mtimeMs)
  }
}
