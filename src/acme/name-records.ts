import { createPrivateKey, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import type { CertificatePair } from '../downstream/tls/certificate.ts'
import { certificateId } from './certificate-id.ts'
import type { ChallengeType } from './challenges.ts'
import type { Lifetime, RenewalAdvice } from './renewal.ts'
import type { AcmeStorage } from './storage.ts'

/** How it stands with one name, across restarts. Times in ms since the epoch. */
export interface NameRecord {
  /** In a row. */
  readonly failures: number
  /** Before this there is no other order. */
  readonly retryAt: number
  /** Of the last failure; empty: the last order brought a certificate. */
  readonly problem: string
  /** What worked last. */
  readonly challenge?: ChallengeType | undefined
  readonly advice?: RenewalAdvice | undefined
}

export interface KeptCertificate extends Lifetime {
  /** For RenewalInfo; undefined: it has none. */
  readonly id: string | undefined
}

const blank: NameRecord = { failures: 0, retryAt: 0, problem: '' }

/** What is kept of each name. */
export class NameRecords {
  readonly #storage: AcmeStorage
  /** What was written last, in case it cannot be kept: orders must not come faster for that. */
  readonly #written = new Map<string, NameRecord>()

  constructor (storage: AcmeStorage) {
    this.#storage = storage
  }

  async read (name: string): Promise<NameRecord> {
    const text = await this.#storage.read(recordFile(name)).catch(() => undefined)
    const written = this.#written.get(name)
    const kept = text === undefined ? undefined : recordIn(text)
    return (kept === undefined ? written : kept.retryAt >= (written?.retryAt ?? 0) ? kept : written) ?? blank
  }

  async write (name: string, record: NameRecord): Promise<void> {
    this.#written.set(name, record)
    await this.#storage.write(recordFile(name), `${JSON.stringify(record, null, 2)}\n`)
  }

  /** The certificate of a name; undefined: there is none that can be served. */
  async certificate (name: string): Promise<KeptCertificate | undefined> {
    try {
      const text = await this.#storage.read(certificateFile(name))
      if (text === undefined) return undefined
      const certificate = new X509Certificate(text)
      if (!certificate.checkPrivateKey(createPrivateKey(text))) return undefined
      const { validFrom, validTo } = certificate
      return { id: certificateId(text), validFrom: Date.parse(validFrom), expiresAt: Date.parse(validTo) }
    } catch {
      return undefined
    }
  }

  /** Key and chain are one file, so that there is never one without the other. */
  async keep (name: string, { cert, key }: CertificatePair): Promise<void> {
    await this.#storage.write(certificateFile(name), `${key.trim()}\n${cert.trim()}\n`)
  }
}

function certificateFile (name: string): string {
  return join('certificates', `${name}.pem`)
}

function recordFile (name: string): string {
  return join('names', `${name}.json`)
}

function recordIn (text: string): NameRecord | undefined {
  try {
    const { failures, retryAt, problem, challenge, advice } = JSON.parse(text) as NameRecord
    if (!Number.isFinite(failures) || !Number.isFinite(retryAt) || typeof problem !== 'string') return undefined
    return { failures, retryAt, problem, challenge, advice }
  } catch {
    return undefined
  }
}
