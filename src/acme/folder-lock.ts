import { randomBytes } from 'node:crypto'
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import type { Clock } from '../base/clock.ts'
import { repeat } from '../base/repeat.ts'

/** A lock that has not been touched for this long was left by a process that has ended. */
const maxAgeMs = 300_000
const touchMs = 60_000

/** A file system that knows no links. */
const withoutLinks = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'])

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

  /** Returns false where there is one. It appears with its time, which is this machine's: that of the folder's may differ. */
  async #create (): Promise<boolean> {
    const own = `${this.#path}.${this.#id}.new`
    await writeFile(own, this.#id, { mode: 0o600 })
    try {
      await this.#touch(own)
      await link(own, this.#path)
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      if (!withoutLinks.has(codeOf(error))) throw error
      return await this.#createWithoutLink()
    } finally {
      await rm(own, { force: true })
    }
  }

  async #createWithoutLink (): Promise<boolean> {
    try {
      await writeFile(this.#path, this.#id, { flag: 'wx', mode: 0o600 })
      await this.#touch()
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      throw error
    }
  }

  async #touch (path = this.#path): Promise<void> {
    const at = this.#clock.date() / 1000
    await utimes(path, at, at)
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

function codeOf (error: unknown): string {
  return String((error as NodeJS.ErrnoException).code)
}
