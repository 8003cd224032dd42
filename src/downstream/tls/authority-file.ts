import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { lookOf } from '../../base/file-look.ts'

const certificates = /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g

/** A file of authorities in PEM, as it is now or, where it cannot be used, as it was. */
export class AuthorityFile {
  readonly path: string
  /** What it says; empty before it could be used. */
  pem = ''
  /** What was wrong with it when it was read, as a phrase. */
  problem: string | undefined
  /** What it looked like at the last look, and when it was read. */
  #looked = ''
  #read = ''

  constructor (path: string) {
    this.path = path
  }

  /**
   * Reads it if it has changed: without `isUrgent`, only if it has been still for one look, since who writes it may not be done. Returns
   * what is wrong with it, as a phrase and once.
   */
  async look (isUrgent: boolean): Promise<string | undefined> {
    const seen = await lookOf(this.path)
    const isStill = isUrgent || seen === this.#looked
    this.#looked = seen
    if (seen === this.#read || !isStill) return undefined
    this.#read = seen
    this.problem = await this.#take()
    return this.problem
  }

  async #take (): Promise<string | undefined> {
    try {
      const text = await readFile(this.path, 'utf8')
      const found = text.match(certificates) ?? []
      if (found.length === 0) return `${this.path} holds no certificate in PEM format`
      for (const certificate of found) void new X509Certificate(certificate)
      this.pem = found.join('\n')
      return undefined
    } catch (error) {
      return `${this.path} cannot be used: ${(error as Error).message}`
    }
  }
}
