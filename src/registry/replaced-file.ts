import { randomBytes } from 'node:crypto'
import { constants, type BigIntStats } from 'node:fs'
import { lstat, mkdir, open, readdir, readlink, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'

export interface ReplacedFileListener {
  /** Somebody else has written the file, or removed it, since it was last read or written here; that is lost now. */
  onConflict (): void
  /** The file cannot be replaced, and is overwritten where it is. Called once. */
  onInPlace (): void
}

/** What Linux allows as well. */
const maxLinks = 40
const leftoverMs = 60_000
/** A mount of its own cannot be replaced, nor is there a file beside it in a folder that is read-only. */
const cannotBeReplaced = new Set(['EBUSY', 'EXDEV', 'EROFS'])

/**
 * A file that is replaced as a whole, by a temporary file that is written to the disk and renamed: whenever the process dies,
 * there is the old content or the new one. Where the path is a symbolic link, the file that it names is replaced.
 */
export class ReplacedFile {
  readonly #path: string
  readonly #listener: ReplacedFileListener
  /** The file as it was when it was last read or written here; undefined: there was none. */
  #known: BigIntStats | undefined
  #isInPlace = false

  constructor (path: string, listener: ReplacedFileListener) {
    this.#path = path
    this.#listener = listener
  }

  /** Resolves with the content; undefined when there is no file. Removes what writers that were killed have left. */
  async read (): Promise<string | undefined> {
    const target = await targetOf(this.#path)
    await removeLeftovers(target)
    let file: FileHandle
    try {
      file = await open(target, 'r')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
    try {
      this.#known = await file.stat({ bigint: true })
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  }

  /** Resolves when the text is on the disk. */
  async write (text: string): Promise<void> {
    const target = await targetOf(this.#path)
    await mkdir(dirname(target), { recursive: true })
    const present = await stat(target, { bigint: true }).catch(undefinedIfMissing)
    const isConflict = !isSame(present, this.#known)
    this.#known = await this.#replace(target, text, present)
    if (isConflict) this.#listener.onConflict()
  }

  async #replace (target: string, text: string, present: BigIntStats | undefined): Promise<BigIntStats> {
    try {
      return await replace(target, text, present)
    } catch (error) {
      if (present === undefined || !cannotBeReplaced.has(codeOf(error))) throw error
      const written = await overwrite(target, text, Number(present.size))
      if (!this.#isInPlace) this.#listener.onInPlace()
      this.#isInPlace = true
      return written
    }
  }
}

/** Where the links lead, be there a file or not. */
async function targetOf (path: string): Promise<string> {
  let target = resolve(path)
  for (let links = 0; links < maxLinks; links++) {
    const link = await readlink(target).catch(() => undefined)
    if (link === undefined) return target
    target = resolve(await realpath(dirname(target)), link)
  }
  throw Object.assign(new Error(`too many symbolic links, from "${path}" on`), { code: 'ELOOP' })
}

async function replace (target: string, text: string, present: BigIntStats | undefined): Promise<BigIntStats> {
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(12).toString('hex')}.new`)
  // Nobody can know the name and lay a link there; if somebody did, it would not be followed.
  const file = await open(temporary, 'wx', 0o600)
  try {
    let written: BigIntStats
    try {
      if (present !== undefined) await file.chmod(Number(present.mode) & 0o777)
      await file.writeFile(text)
      await file.sync()
      written = await file.stat({ bigint: true })
    } finally {
      await file.close()
    }
    await rename(temporary, target)
    await syncFolder(dirname(target))
    return written
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** In one write that leaves no rest of a longer text: if the process dies before the file is cut, it ends with empty lines. */
async function overwrite (target: string, text: string, presentBytes: number): Promise<BigIntStats> {
  const file = await open(target, constants.O_RDWR | constants.O_NOFOLLOW)
  try {
    const bytes = Buffer.byteLength(text)
    const whole = Buffer.alloc(Math.max(bytes, presentBytes), '\n')
    whole.write(text)
    for (let at = 0; at < whole.length;) at += (await file.write(whole, at, whole.length - at, at)).bytesWritten
    await file.truncate(bytes)
    await file.sync()
    return await file.stat({ bigint: true })
  } finally {
    await file.close()
  }
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

/** Those that are young may be another writer's. One that cannot be removed does no harm. */
async function removeLeftovers (target: string): Promise<void> {
  const [folder, start] = [dirname(target), `.${basename(target)}.`]
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(start) || !/^[0-9a-f]{24}\.new$/.test(name.slice(start.length))) continue
    const path = join(folder, name)
    const leftover = await lstat(path).catch(() => undefined)
    if (leftover !== undefined && Date.now() - leftover.mtimeMs > leftoverMs) await rm(path, { force: true }).catch(() => {})
  }
}

function isSame (a: BigIntStats | undefined, b: BigIntStats | undefined): boolean {
  return a?.ino === b?.ino && a?.mtimeNs === b?.mtimeNs && a?.size === b?.size
}

function undefinedIfMissing (error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error
}

function codeOf (error: unknown): string {
  return String((error as NodeJS.ErrnoException).code)
}
