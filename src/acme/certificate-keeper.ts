import { join } from 'node:path'
import { increment } from '../base/counts.ts'
import type { Clock } from '../base/clock.ts'
import { repeat } from '../base/repeat.ts'
import { AccountKey } from './account-key.ts'
import { AcmeError, asAcmeError, type AcmeFailure } from './acme-error.ts'
import type { AcmeClient } from './acme-client.ts'
import { backOffMs } from './back-off.ts'
import { challengeTypes, type ChallengeBoard, type ChallengeType } from './challenges.ts'
import { FolderLock } from './folder-lock.ts'
import { NameRecords, type KeptCertificate, type NameRecord } from './name-records.ts'
import { orderCertificate } from './order.ts'
import { askForAdvice, renewalTime } from './renewal.ts'
import type { AcmeStorage } from './storage.ts'

export interface KeeperListener {
  /** The CA has made an account; by using it the operator accepts the terms at this url. */
  onAccount (terms: string): void
  onIssued (name: string): Promise<void>
  /** Once for failures in a row that are of one kind. `retryAt`: in ms since the epoch. */
  onFailed (name: string, error: AcmeError, retryAt: number): void
  /** At the start: an order has failed before, and the next one is later than now. */
  onWaiting (name: string, problem: string, retryAt: number): void
  /** Another gateway is ordering, or one that was killed did; once until this one can. */
  onBusy (): void
  /** The folder cannot be used; once until it can. */
  onUnusable (error: unknown): void
}

export interface KeeperOptions {
  readonly names: readonly string[]
  readonly storage: AcmeStorage
  readonly challenges: ChallengeBoard
  readonly connect: (key: AccountKey) => AcmeClient
  readonly clock: Clock
  readonly random: () => number
  readonly listener: KeeperListener
}

const lookMs = 60_000
/** Until a CA that cannot be reached is asked for advice again. */
const awayMs = 3_600_000
/** A certificate is never followed by another one sooner, whatever its dates say: clocks may differ. */
const minRenewalMs = 3_600_000

/** Has a certificate for each name, and renews it. */
export class CertificateKeeper {
  /** Orders so far, by how they ended. */
  readonly orders = new Map<'issued' | AcmeFailure, number>()
  readonly #options: KeeperOptions
  readonly #records: NameRecords
  readonly #lock: FolderLock
  #client: AcmeClient | undefined
  /** The kinds of failures that have been told of, by name. */
  readonly #told = new Map<string, string>()
  #isBusy = false
  #isUnusable = false
  #isClosed = false
  #stop = (): void => {}
  #looking = Promise.resolve()

  constructor (options: KeeperOptions) {
    this.#options = options
    this.#records = new NameRecords(options.storage)
    this.#lock = new FolderLock(join(options.storage.folder, 'lock'), options.clock)
  }

  /** Looks now, and every minute from now on: only then are changes of the clock and of other gateways noticed. */
  begin (): void {
    const look = (): Promise<void> => {
      this.#looking = this.#looking.then(() => this.#look())
      return this.#looking
    }
    this.#looking = this.#tellOfWaiting()
    void look()
    this.#stop = repeat(this.#options.clock, lookMs, look, () => {})
  }

  /** Resolves when nothing is under way: an order is broken off, and counts for nothing. */
  async close (): Promise<void> {
    this.#isClosed = true
    this.#stop()
    this.#client?.close()
    await this.idle()
  }

  /** Resolves when what is under way has ended. */
  idle (): Promise<void> {
    return this.#looking
  }

  async #tellOfWaiting (): Promise<void> {
    for (const name of this.#options.names) {
      const { problem, retryAt } = await this.#records.read(name)
      if (problem !== '' && retryAt > this.#options.clock.date()) this.#options.listener.onWaiting(name, problem, retryAt)
    }
  }

  /** Never rejects. */
  async #look (): Promise<void> {
    const { names, storage, listener } = this.#options
    try {
      const due = []
      for (const name of names) if (await this.#isDue(name)) due.push(name)
      if (due.length === 0 || this.#isClosed) return
      await storage.prepare()
      const isBusy = !await this.#lock.take()
      if (isBusy && !this.#isBusy) listener.onBusy()
      this.#isBusy = isBusy
      if (isBusy) return
      try {
        await this.#serve(due)
      } finally {
        await this.#lock.release()
      }
      this.#isUnusable = false
    } catch (error) {
      if (!this.#isUnusable) listener.onUnusable(error)
      this.#isUnusable = true
    }
  }

  async #isDue (name: string): Promise<boolean> {
    const [certificate, record] = [await this.#records.certificate(name), await this.#records.read(name)]
    return this.#needsOrder(certificate, record) || this.#needsAdvice(certificate, record)
  }

  #needsOrder (certificate: KeptCertificate | undefined, { retryAt, advice }: NameRecord): boolean {
    const now = this.#options.clock.date()
    if (now < retryAt) return false
    return certificate === undefined || now >= renewalTime(certificate, advice?.id === certificate.id ? advice : undefined)
  }

  #needsAdvice (certificate: KeptCertificate | undefined, { advice }: NameRecord): boolean {
    if (certificate?.id === undefined) return false
    return advice?.id !== certificate.id || this.#options.clock.date() >= advice.askAt
  }

  /** While the lock is held. */
  async #serve (names: readonly string[]): Promise<void> {
    const { storage, challenges, connect, listener } = this.#options
    await storage.clear('challenges') // what a process has left that was killed
    const client = this.#client = connect(await this.#accountKey())
    try {
      const problem = await client.open().then(() => undefined, asAcmeError)
      for (const name of names) {
        if (this.#isClosed) return
        const [certificate, record] = [await this.#records.certificate(name), await this.#records.read(name)]
        // The gateway that held the lock before may have done it.
        if (this.#needsOrder(certificate, record)) await this.#order(client, challenges, problem, name, certificate, record)
        else if (this.#needsAdvice(certificate, record)) await this.#ask(client, problem, name, certificate?.id as string, record)
      }
      if (client.hasNewAccount) listener.onAccount(client.terms)
    } finally {
      client.close()
      this.#client = undefined
    }
  }

  async #accountKey (): Promise<AccountKey> {
    const { storage } = this.#options
    const known = await storage.read('account.pem')
    if (known !== undefined) return new AccountKey(known)
    const pem = AccountKey.generate()
    await storage.write('account.pem', pem)
    return new AccountKey(pem)
  }

  async #ask (client: AcmeClient, problem: AcmeError | undefined, name: string, id: string, record: NameRecord): Promise<void> {
    const { clock, random } = this.#options
    const known = record.advice?.id === id ? record.advice : undefined
    const isAway = problem !== undefined
    const advice = isAway ? { ...known, id, askAt: clock.date() + awayMs } : await askForAdvice(client, id, known, random)
    if (!this.#isClosed) await this.#records.write(name, { ...record, advice })
  }

  async #order (
    client: AcmeClient, challenges: ChallengeBoard, problem: AcmeError | undefined,
    name: string, certificate: KeptCertificate | undefined, record: NameRecord
  ): Promise<void> {
    const { clock, random, listener } = this.#options
    try {
      if (problem !== undefined) throw problem
      const challenge = await this.#orderBy(client, challenges, name, certificate?.id, record.challenge)
      increment(this.orders, 'issued')
      this.#told.delete(name)
      await this.#records.write(name, { failures: 0, retryAt: clock.date() + minRenewalMs, problem: '', challenge })
      await listener.onIssued(name)
    } catch (thrown) {
      if (this.#isClosed) return
      const error = asAcmeError(thrown)
      const failures = record.failures + 1
      const retryAt = clock.date() + backOffMs(error, failures, random)
      const kind = `${error.failure} ${error.code}`.trim()
      increment(this.orders, error.failure)
      if (this.#told.get(name) !== kind) listener.onFailed(name, error, retryAt)
      this.#told.set(name, kind)
      await this.#records.write(name, { ...record, failures, retryAt, problem: error.message })
    }
  }

  /** By the challenge that worked last, or by the other one where that fails. Resolves with the one that worked. */
  async #orderBy (
    client: AcmeClient, challenges: ChallengeBoard, name: string, id: string | undefined, worked: ChallengeType | undefined
  ): Promise<ChallengeType> {
    const replaces = client.has('renewalInfo') ? id : undefined
    const problems: string[] = []
    let last: AcmeError | undefined
    for (const challengeType of [...challengeTypes].sort((a, b) => Number(b === worked) - Number(a === worked))) {
      try {
        await this.#records.keep(name, await orderCertificate({ client, challenges, name, challengeType, replaces }))
        return challengeType
      } catch (error) {
        last = asAcmeError(error)
        if (last.failure !== 'challenge-failed') throw last
        problems.push(last.message)
      }
    }
    throw new AcmeError('challenge-failed', problems.join('; '), { code: last?.code ?? '', retryAfterMs: last?.retryAfterMs ?? 0 })
  }
}
