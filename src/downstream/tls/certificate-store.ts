import { findPairs, fingerprintOf, loadPair, type CertificateProblem, type LoadedCertificate, type PairFiles } from './certificate-files.ts'
import type { Certificate } from './certificate.ts'

/** What a look at the files has brought. */
export interface CertificateNews {
  /** Certificates that are in force from now on, and those that are no more, by name. */
  readonly taken: readonly string[]
  readonly dropped: readonly string[]
  /** Each is told once; what was in force under that name stays. */
  readonly problems: readonly CertificateProblem[]
}

interface Entry {
  readonly files: PairFiles
  /** What the files looked like at the last look. */
  looked: string
  /** What they looked like when they were read. */
  read: string
  /** What was wrong with them then. */
  problem: string | undefined
  loaded: LoadedCertificate | undefined
}

/** The certificates in files, as they are now or, where those of one cannot be used, as they were. */
export class CertificateStore {
  /** Where they are: see `findPairs`. */
  readonly setting: string
  readonly #findPairs: typeof findPairs
  #entries = new Map<string, Entry>()
  #folderProblem = ''

  /** `find` reads the setting, or says what is wrong with it. */
  constructor (setting: string, find = findPairs) {
    this.setting = setting
    this.#findPairs = find
  }

  get loaded (): LoadedCertificate[] {
    return [...this.#entries.values()].flatMap(({ loaded }) => loaded ?? [])
  }

  has (certificate: Certificate): boolean {
    return this.loaded.some((loaded) => loaded.certificate === certificate)
  }

  /** What is wrong now, whether or not something is in force under that name. */
  get problems (): CertificateProblem[] {
    const ofFolder = this.#folderProblem === '' ? [] : [{ name: this.setting, problem: this.#folderProblem }]
    return [...ofFolder, ...[...this.#entries].flatMap(([name, { problem }]) => problem === undefined ? [] : { name, problem })]
  }

  /**
   * Looks at the files, and reads those that have changed since they were read. Without `isUrgent`, only those that have been still for
   * one look: who writes them may not be done.
   */
  async look (isUrgent = false): Promise<CertificateNews> {
    const taken: string[] = []
    const dropped: string[] = []
    const problems: CertificateProblem[] = []
    const pairs = await this.#find(problems)
    if (pairs === undefined) return { taken, dropped, problems }
    const entries = new Map<string, Entry>()
    for (const files of pairs) {
      const entry = this.#entries.get(files.name) ?? { files, looked: '', read: '', problem: undefined, loaded: undefined }
      entries.set(files.name, entry)
      const seen = await fingerprintOf(files)
      const isStill = isUrgent || seen === entry.looked
      entry.looked = seen
      if (seen === entry.read || !isStill) continue
      entry.read = seen
      const loaded = await loadPair(files)
      entry.problem = 'problem' in loaded ? loaded.problem : undefined
      if ('problem' in loaded) problems.push(loaded)
      else if (loaded.pair.cert !== entry.loaded?.pair.cert || loaded.pair.key !== entry.loaded.pair.key) {
        entry.loaded = loaded
        taken.push(files.name)
      }
    }
    for (const [name, { loaded }] of this.#entries) if (!entries.has(name) && loaded !== undefined) dropped.push(name)
    this.#entries = entries
    return { taken, dropped, problems }
  }

  async #find (problems: CertificateProblem[]): Promise<PairFiles[] | undefined> {
    const found = await this.#findPairs(this.setting).catch((error: Error) => error.message)
    const problem = typeof found === 'string' ? found : ''
    if (problem !== '' && problem !== this.#folderProblem) problems.push({ name: this.setting, problem })
    this.#folderProblem = problem
    // What is in force is not dropped because its whole folder is away for a moment.
    return typeof found === 'string' || (found.length === 0 && this.#entries.size > 0) ? undefined : found
  }
}
