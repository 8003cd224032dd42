import type { Clock } from '../base/clock.ts'
import { RecentCount } from '../base/recent-count.ts'
import { carriesToken } from './access.ts'
import { KnownAddresses } from './known-addresses.ts'

/** How long the response to a wrong token is delayed, in ms. */
const penaltyMs = 500

/** Responses that are delayed at the same time. Each holds a connection of the admin listener. */
const maxHeld = 8

/** Wrong tokens within 10 s on the admin listener, over all addresses, after which more are refused at once. */
const maxWrong = 50

/** Wrong tokens within 10 s in requests to the traffic listener, over all addresses, after which only known addresses are answered. */
const maxGuesses = 10

export type Verdict = 'welcome' | 'wrong' | 'too-many'

/** Checks the bearer token and slows down guessing. Guesses never lock out a client that has the right token. */
export class TokenGuard {
  readonly #token: string
  readonly #clock: Clock
  readonly #wrong = new RecentCount()
  readonly #guesses = new RecentCount()
  readonly #known = new KnownAddresses()
  #held = 0

  /** With an empty token every request is welcome. */
  constructor (token: string, clock: Clock) {
    this.#token = token
    this.#clock = clock
  }

  /** For the admin listener, where the right token is always accepted at once. */
  async judge (authorization: string | undefined, address: string): Promise<Verdict> {
    if (this.#token === '') return 'welcome'
    // No token is not a guess: this is how the page learns that it needs one.
    if (authorization === undefined) return 'wrong'
    if (carriesToken(authorization, this.#token)) {
      this.#known.add(address)
      return 'welcome'
    }
    const now = this.#clock.now()
    if (this.#held >= maxHeld || this.#wrong.count(now) >= maxWrong) return 'too-many'
    this.#wrong.add(now)
    this.#held++
    await new Promise<void>((resolve) => { this.#clock.after(penaltyMs, resolve) })
    this.#held--
    return 'wrong'
  }

  /**
   * For the traffic listener, where the response cannot be delayed and any client may ask: whether the token is right and its
   * address may use it now. Under a flood of guesses only addresses that have shown the right token before may.
   */
  acceptsFromClient (token: string, address: string): boolean {
    const now = this.#clock.now()
    const wrongOfKnown = this.#known.wrongTokensOf(address)
    const isHeard = (wrongOfKnown ?? this.#guesses).count(now) < maxGuesses
    if (this.#token !== '' && carriesToken(`Bearer ${token}`, this.#token)) {
      if (isHeard) this.#known.add(address)
      return isHeard
    }
    wrongOfKnown?.add(now)
    this.#guesses.add(now)
    return false
  }
}
