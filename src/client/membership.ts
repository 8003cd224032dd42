import { GatewayApi, reasonOf } from './gateway-api.ts'
import { leave } from './leave.ts'
import { stderrLog, type ClientLog } from './log.ts'
import { defaultDrainTimeoutMs, defaultTtlMs, type RegisterOptions } from './options.ts'
import { NoAddressError, ownUrl } from './own-address.ts'
import { next, outcomeOf, type Outcome, type Standing } from './standing.ts'
import { within, type Surroundings } from './surroundings.ts'

const jitterRatio = 0.1
/** Backends that lost their gateway at the same time do not all come back at the same time. */
const retryJitterRatio = 0.5
const maxCallMs = 5000

/** This backend's place at one gateway: registers, renews its lease, and comes back whatever happens to the gateway. */
export class Membership {
  readonly #api: GatewayApi
  readonly #options: RegisterOptions
  readonly #ttlMs: number
  readonly #callMs: number
  readonly #log: ClientLog
  readonly #surroundings: Surroundings
  readonly #ending = new AbortController()
  #standing: Standing = { type: 'joining', place: undefined }
  /** The url of a registration whose answer was lost: the gateway may know it, or not. */
  #unsettledUrl: string | undefined
  #cancel: (() => void) | undefined
  #current: Promise<void>

  constructor (gateway: string, options: RegisterOptions, surroundings: Surroundings) {
    this.#api = new GatewayApi(gateway, options.token, surroundings.fetch)
    this.#options = options
    this.#ttlMs = options.ttlMs ?? defaultTtlMs
    this.#callMs = Math.min(maxCallMs, this.#ttlMs)
    this.#log = options.log ?? stderrLog
    this.#surroundings = surroundings
    this.#current = this.#step()
  }

  /** Tells the gateway, waits until it has no request in flight here, for a limited time, and leaves. Never rejects. */
  async drain (): Promise<void> {
    const { clock } = this.#surroundings
    const timeoutMs = this.#options.drainTimeoutMs ?? defaultDrainTimeoutMs
    const endsAt = clock.now() + timeoutMs
    this.#cancel?.()
    this.#ending.abort()
    // A registration that is under way is not cut: it would be unknown whether it has to be undone.
    await within(clock, timeoutMs, this.#current)
    if (this.#standing.place === undefined && this.#unsettledUrl === undefined) return
    const line = await leave(this.#api, { place: this.#standing.place, url: this.#unsettledUrl }, { clock, endsAt, timeoutMs })
    this.#log[line.level]({ gateway: this.#api.origin, ...line.fields }, line.msg)
  }

  async #step (): Promise<void> {
    const outcome = await this.#attempt()
    if (outcome === undefined) return
    const { standing, delayMs, line } = next(this.#standing, outcome, this.#ttlMs)
    this.#standing = standing
    if (line !== undefined) this.#log[line.level]({ gateway: this.#api.origin, ...line.fields }, line.msg)
    if (this.#ending.signal.aborted) return
    const { random, backgroundClock } = this.#surroundings
    const jitter = (standing.type === 'away' ? retryJitterRatio : jitterRatio) * random()
    this.#cancel = backgroundClock.after(delayMs * (1 - jitter), () => { this.#current = this.#step() })
  }

  /** Undefined: it was cut by the drain, or this backend can never be registered. */
  async #attempt (): Promise<Outcome | undefined> {
    const { signal } = this.#ending
    const { place } = this.#standing
    try {
      if (place === undefined) return await this.#register()
      const beat = place.isConfigured ? { method: 'GET', path: '' } : { method: 'PUT', path: '/lease' }
      return outcomeOf(await this.#api.call(beat.method, `/api/backends/${place.id}${beat.path}`, { timeoutMs: this.#callMs, signal }), false)
    } catch (error) {
      if (error instanceof NoAddressError) {
        this.#log.error({ gateway: this.#api.origin, reason: error.message }, 'this backend is not registered: it has no address for the gateway')
        return undefined
      }
      return signal.aborted ? undefined : { type: 'no-answer', reason: reasonOf(error) }
    }
  }

  async #register (): Promise<Outcome> {
    const { server, name, weight, zone, backup, healthCheck } = this.#options
    const found = { timeoutMs: this.#callMs, signal: this.#ending.signal }
    const url = this.#options.url ?? (server && await ownUrl(server, this.#api.origin, found))
    if (url === undefined) throw new NoAddressError('neither a url nor a server was given')
    this.#unsettledUrl = url
    const reply = await this.#api.call('POST', '/api/backends', { timeoutMs: this.#callMs, body: { url, name, weight, zone, backup, healthCheck, ttlMs: this.#ttlMs } })
    // A gateway that fails may have taken it in all the same.
    if (reply.status < 500) this.#unsettledUrl = undefined
    return outcomeOf(reply, true)
  }
}
