import type { Clock } from '../base/clock.ts'
import type { AccountKey } from './account-key.ts'
import { AcmeError, problemOf, retryAfterMs } from './acme-error.ts'
import { HttpsClient, type HttpsAnswer } from './https-client.ts'

export interface AcmeClientOptions {
  readonly directoryUrl: string
  readonly key: AccountKey
  /** Where the CA may write to; empty: nowhere. */
  readonly email: string
  readonly clock: Clock
  /** PEM of those that may sign the CA's own certificate for HTTPS; undefined: those that Node trusts. */
  readonly ca: string | undefined
}

/** What the CA answers. */
export interface AcmeReply {
  /** An object of JSON; empty where there is none. */
  readonly object: Readonly<Record<string, unknown>>
  readonly text: string
  readonly location: string | undefined
  readonly retryAfterMs: number
}

/** Pauses before a request is sent again that the CA did not answer, or with a 5xx, in ms. */
const pausesMs = [2000, 10_000] as const
/** A CA that wants to be left alone for longer is asked again by a later order. */
const maxPauseMs = 60_000
/** A nonce may be too old; Pebble refuses some for practice. */
const maxNonces = 10

/** Talks to a CA (RFC 8555 section 6) in the name of one account. All methods reject with an `AcmeError`. */
export class AcmeClient {
  readonly clock: Clock
  readonly key: AccountKey
  /** The CA did not know the key before. */
  hasNewAccount = false
  readonly #directoryUrl: string
  readonly #email: string
  readonly #https: HttpsClient
  #directory: AcmeReply['object'] = {}
  #account: string | undefined
  #nonce: string | undefined
  #isClosed = false
  #wake = (): void => {}

  constructor ({ directoryUrl, key, email, clock, ca }: AcmeClientOptions) {
    this.clock = clock
    this.key = key
    this.#directoryUrl = directoryUrl
    this.#email = email
    this.#https = new HttpsClient(clock, ca)
  }

  /** Ends what is under way; that rejects. */
  close (): void {
    this.#isClosed = true
    this.#https.close()
    this.#wake()
  }

  /** Reads the directory. */
  async open (): Promise<void> {
    this.#directory = (await this.get(this.#directoryUrl)).object
  }

  /** Where its terms are; empty: the CA names none. */
  get terms (): string {
    const { termsOfService } = (this.#directory['meta'] ?? {}) as { readonly termsOfService?: unknown }
    return typeof termsOfService === 'string' ? termsOfService : ''
  }

  has (resource: string): boolean {
    return typeof this.#directory[resource] === 'string'
  }

  urlOf (resource: string): string {
    const url = this.#directory[resource]
    if (typeof url !== 'string') throw new AcmeError('refused', `the CA's directory has no ${resource}`)
    return url
  }

  /** Asks for what anyone may see. */
  async get (url: string): Promise<AcmeReply> {
    const answer = await this.#send('GET', url)
    const problem = this.#problemIn(answer)
    if (problem !== undefined) throw problem
    return this.#reply(answer)
  }

  /** Asks in the name of the account. `payload` undefined: for what is there. */
  async post (url: string, payload?: object): Promise<AcmeReply> {
    this.#account ??= await this.#signIn()
    return await this.#post(url, payload, this.#account)
  }

  async wait (ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.clock.after(ms, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
      if (this.#isClosed) this.#wake()
    })
    if (this.#isClosed) throw new AcmeError('unreachable', 'the gateway is ending')
  }

  /** Finds the account of the key, or makes one, which accepts the CA's terms. */
  async #signIn (): Promise<string> {
    const contact = this.#email === '' ? {} : { contact: [`mailto:${this.#email}`] }
    const { location, isNew } = await this.#post(this.urlOf('newAccount'), { termsOfServiceAgreed: true, ...contact }, undefined)
    if (location === undefined) throw new AcmeError('refused', 'the CA did not say where the account is')
    this.hasNewAccount = isNew
    return location
  }

  async #post (url: string, payload: object | undefined, kid: string | undefined): Promise<AcmeReply & { isNew: boolean }> {
    for (let nonces = 1; ; nonces++) {
      const nonce = await this.#takeNonce()
      const answer = await this.#send('POST', url, JSON.stringify(this.key.sign({ nonce, url, kid }, payload)))
      const problem = this.#problemIn(answer)
      if (problem === undefined) return { ...this.#reply(answer), isNew: answer.statusCode === 201 }
      if (problem.code !== 'badNonce' || nonces === maxNonces) throw problem
    }
  }

  async #takeNonce (): Promise<string> {
    if (this.#nonce === undefined) await this.#send('HEAD', this.urlOf('newNonce'))
    const nonce = this.#nonce
    this.#nonce = undefined
    if (nonce === undefined) throw new AcmeError('refused', 'the CA gives no nonce')
    return nonce
  }

  async #send (method: 'GET' | 'HEAD' | 'POST', url: string, body?: string): Promise<HttpsAnswer> {
    for (const pauseMs of [...pausesMs, undefined]) {
      try {
        const answer = await this.#https.send(method, url, body)
        const nonce = answer.headers['replay-nonce']
        if (typeof nonce === 'string') this.#nonce = nonce
        const problem = answer.statusCode >= 500 ? this.#problemIn(answer) : undefined
        if (problem === undefined || pauseMs === undefined || problem.retryAfterMs > maxPauseMs) return answer
        await this.wait(Math.max(pauseMs, problem.retryAfterMs))
      } catch (error) {
        if (pauseMs === undefined || this.#isClosed) throw error
        await this.wait(pauseMs)
      }
    }
    throw new Error('unreachable code')
  }

  #reply (answer: HttpsAnswer): AcmeReply {
    const { headers, body } = answer
    return { object: objectIn(answer), text: String(body), location: headers.location, retryAfterMs: this.#retryAfterMs(answer) }
  }

  #problemIn (answer: HttpsAnswer): AcmeError | undefined {
    const { statusCode } = answer
    return statusCode >= 200 && statusCode < 300 ? undefined : problemOf(objectIn(answer), statusCode, this.#retryAfterMs(answer))
  }

  #retryAfterMs ({ headers }: HttpsAnswer): number {
    return retryAfterMs(headers['retry-after'], this.clock.date())
  }
}

/** A text that must be there. */
export function textIn (object: AcmeReply['object'], name: string): string {
  const value = object[name]
  if (typeof value !== 'string') throw new AcmeError('refused', `what the CA answers has no ${name}`)
  return value
}

function objectIn ({ headers, body }: HttpsAnswer): AcmeReply['object'] {
  if (!/json/.test(headers['content-type'] ?? '')) return {}
  try {
    const value: unknown = JSON.parse(String(body))
    return typeof value === 'object' && value !== null ? value as AcmeReply['object'] : {}
  } catch {
    return {}
  }
}
