import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { X509Certificate } from 'node:crypto'
import { AcmeClient } from '../../src/acme/acme-client.ts'
import { CertificateKeeper } from '../../src/acme/certificate-keeper.ts'
import { ChallengeBoard } from '../../src/acme/challenges.ts'
import { AcmeStorage } from '../../src/acme/storage.ts'
import { caCertificate } from '../helpers/certificate.ts'
import { FakeClock } from '../helpers/clock.ts'
import { startFakeCa, type FakeCa, type FakeCaOptions } from '../helpers/fake-ca.ts'
import { temporaryFolder } from '../helpers/server-process.ts'
import { settled, until } from '../helpers/until.ts'

export const hourMs = 3_600_000
export const dayMs = 24 * hourMs

export interface Keeping {
  readonly ca: FakeCa
  readonly clock: FakeClock
  readonly storage: AcmeStorage
  readonly challenges: ChallengeBoard
  readonly keeper: CertificateKeeper
  /** What it told, as `issued shop.test` or `failed shop.test: PROBLEM`. */
  readonly told: string[]
  /** Lets this much pass, at least a minute, and resolves when it has done what is due then. */
  pass (ms: number): Promise<void>
  /** Resolves when it has told so much. */
  tells (...lines: Array<string | RegExp>): Promise<void>
  /** Another gateway with the same folder. */
  again (): Promise<Keeping>
  /** The certificate of `shop.test`. */
  certificate (): X509Certificate
}

export interface KeepingOptions extends Partial<FakeCaOptions> {
  readonly names?: readonly string[]
  /** Validates by what is on the challenge board; by default all challenges succeed. */
  readonly reachable?: readonly string[]
}

/** A keeper of certificates for `shop.test`, with a CA of its own and a clock that stands still. It has not begun. */
export async function startKeeping (t: TestContext, keepingOptions: KeepingOptions = {}): Promise<Keeping> {
  const { names = ['shop.test'], reachable, ...options } = keepingOptions
  const clock = new FakeClock()
  const folder = await temporaryFolder()
  const validate = async (type: string, name: string, token: string, expected: string): Promise<boolean> => {
    if (reachable?.includes(type) === false) return false
    return expected === await (type === 'http-01' ? board?.answerTo(token) : board?.answerFor(name))
  }
  const ca = await startFakeCa(t, { now: () => clock.date(), validate, ...options })
  let board: ChallengeBoard | undefined

  async function make (): Promise<Keeping> {
    const directoryUrl = `${ca.url}/directory`
    const storage = new AcmeStorage(folder, directoryUrl)
    const challenges = board = new ChallengeBoard(storage)
    const told: string[] = []
    const keeper = new CertificateKeeper({
      names,
      storage,
      challenges,
      clock,
      random: () => 0,
      connect: (key) => new AcmeClient({ directoryUrl, email: 'ops@shop.test', key, clock, ca: caCertificate }),
      listener: {
        onAccount (terms) { told.push(`account ${terms}`) },
        async onIssued (name) { told.push(`issued ${name}`) },
        onFailed (name, { failure, message }, retryAt) { told.push(`failed ${name} ${retryAt - clock.date()}: ${failure}: ${message}`) },
        onWaiting (name, problem) { told.push(`waiting ${name}: ${problem}`) },
        onBusy () { told.push('busy') },
        onUnusable (error) { told.push(`unusable ${String(error)}`) }
      }
    })
    t.after(() => keeper.close())
    return {
      ca,
      clock,
      storage,
      challenges,
      keeper,
      told,
      async pass (ms) {
        await keeper.idle()
        await settled()
        clock.advance(ms)
        await keeper.idle()
        await settled()
      },
      async tells (...lines) {
        await until(`${lines.length} lines, not ${told.join(' | ')}`, () => told.length >= lines.length)
        const isRight = told.length === lines.length && lines.every((line, i) => {
          return typeof line === 'string' ? line === told[i] : line.test(told[i] as string)
        })
        if (!isRight) throw new Error(`it told ${JSON.stringify(told, null, 2)}`)
      },
      again: make,
      certificate: () => new X509Certificate(readFileSync(join(storage.folderOf('certificates'), 'shop.test.pem')))
    }
  }
  return await make()
}
