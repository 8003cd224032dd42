import type { Clock } from '../base/clock.ts'
import { RecentCount } from '../base/recent-count.ts'
import { carriesToken } from './access.ts'
import { KnownAddresses } from './known-addresses.ts'

/** How long the answer to a wrong token is held back, in ms. */
const penaltyMs = 500

/** Answers that are held back at a time. Each holds a connection of the admin listener. */
const maxHeld = 8

/** Wrong tokens within 10 s on the admin listener, over all addresses, after which they are refused without more ado. */
const maxWrong = 50

/** Wrong tokens within 10 s in requests to the traffic listener, over all addresses, after which it hears only addresses it knows. */
const maxGuesses = 10

export type Verdict = 'welcome' | 'wrong' | 'too-many'

/** Asks for the bearer token, and slows down those who guess. Nobody's guesses keep out those who have it. */
export class TokenGuard {
  readonly #token: string
  readonly #clock: Clock
  readonly #wrong = new RecentCount()
  readonly #guesses = new RecentCount()
  readonly #known = new KnownAddresses()
  #held = 0

  /** An empty token: everybody is welcome. */
  constructor (token: string, clock: Clock) {
    this.#token = token
    this.#clock = clock
  }

  /** For the admin listener, where the right token is welcome at once, whatever else goes on. */
  async judge (authorization: string | undefined, address: string): Promise<Verdict> {
    if (this.#token === '') return 'welcome'
    // Nobody guesses who says nothing: it is how a page learns that a token is asked for.
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
   * For the traffic listener, where the answer cannot be held back and anybody may ask: whether this is the token, and from
   * an address that may say so now. Under a flood of guesses that is one which has shown the token before.
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
