import { mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ReplacedFile } from '../registry/replaced-file.ts'

const folders = ['certificates', 'names', 'challenges'] as const

/** The kinds of things that are kept; each has a folder. */
export type Kept = typeof folders[number]

const nobody = { onConflict () {}, onInPlace () {} }

/**
 * What is kept of one directory: the account's key, certificates, how it stands with each name, and challenges under way. Gateways that
 * share the folder share all of it. Only its owner may read it.
 */
export class AcmeStorage {
  readonly folder: string
  readonly #root: string

  /** `root`: the folder of all directories, so that one for tests and the real one do not mix. */
  constructor (root: string, directoryUrl: string) {
    this.#root = root
    const { host, pathname } = new URL(directoryUrl)
    this.folder = join(root, `${host}${pathname}`.replace(/[^A-Za-z0-9.-]+/g, '-').replace(/^\.+|-$/g, ''))
  }

  folderOf (kept: Kept): string {
    return join(this.folder, kept)
  }

  /** Makes the folders that are missing. */
  async prepare (): Promise<void> {
    // What it lies in is not only for this.
    await mkdir(dirname(this.#root), { recursive: true })
    for (const kept of folders) await mkdir(this.folderOf(kept), { recursive: true, mode: 0o700 })
  }

  /** Resolves with the text; undefined where there is none. `path` is relative to the folder. */
  read (path: string): Promise<string | undefined> {
    return this.#file(path).read()
  }

  /** Resolves when it is on the disk, as a whole. */
  write (path: string, text: string): Promise<void> {
    return this.#file(path).write(text)
  }

  remove (path: string): Promise<void> {
    return rm(join(this.folder, path), { force: true })
  }

  async clear (kept: Kept): Promise<void> {
    for (const name of await readdir(this.folderOf(kept))) await this.remove(join(kept, name))
  }

  #file (path: string): ReplacedFile {
    return new ReplacedFile(join(this.folder, path), nobody)
  }
}
