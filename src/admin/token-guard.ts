import type { Clock } from '../clock.ts'
import { RecentCount } from '../recent-count.ts'
import { carriesToken } from './access.ts'

/** How long the answer to a wrong token is held back, in ms. */
const penaltyMs = 500

/** Wrong tokens from one address within 10 s, after which it is not listened to. */
const maxWrong = 10

/** Addresses whose attempts are remembered. */
const maxAddresses = 1000

export type Verdict = 'welcome' | 'wrong' | 'too-many'

/** Asks for the bearer token, and slows down those who guess. */
export class TokenGuard {
  readonly #token: string
  readonly #clock: Clock
  readonly #wrong = new Map<string, RecentCount>()

  /** An empty token: everybody is welcome. */
  constructor (token: string, clock: Clock) {
    this.#token = token
    this.#clock = clock
  }

  async judge (authorization: string | undefined, address: string): Promise<Verdict> {
    if (this.#token === '') return 'welcome'
    // Nobody guesses who says nothing: it is how a page learns that a token is asked for.
    if (authorization === undefined) return 'wrong'
    const verdict = this.judgeAtOnce(authorization, address)
    if (verdict === 'wrong') await new Promise<void>((resolve) => { this.#clock.after(penaltyMs, resolve) })
    return verdict
  }

  /** The same where an answer cannot be held back. */
  judgeAtOnce (authorization: string, address: string): Verdict {
    const now = this.#clock.now()
    const wrong = this.#wrong.get(address)
    if (wrong !== undefined && wrong.count(now) >= maxWrong) return 'too-many'
    if (carriesToken(authorization, this.#token)) return 'welcome'
    this.#count(address, now)
    return 'wrong'
  }

  #count (address: string, now: number): void {
    const wrong = this.#wrong.get(address) ?? new RecentCount()
    wrong.add(now)
    this.#wrong.delete(address)
    this.#wrong.set(address, wrong)
    if (this.#wrong.size > maxAddresses) this.#wrong.delete(this.#wrong.keys().next().value as string)
  }
}
