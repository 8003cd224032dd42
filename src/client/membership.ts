import { GatewayApi, reasonOf } from './gateway-api.ts'
import { leave, tell } from './leave.ts'
import { stderrLog, type ClientLog } from './log.ts'
import { defaultDrainTimeoutMs, defaultTtlMs, type RegisterOptions } from './options.ts'
import { NoAddressError, ownUrl } from './own-address.ts'
import { next, outcomeOf, type Outcome, type Registration, type Standing } from './standing.ts'
import { within, type Surroundings } from './surroundings.ts'

const jitterRatio = 0.1
/** Keeps backends that lost their gateway together from all coming back together. */
const retryJitterRatio = 0.5
const maxCallMs = 5000

/** This backend's registration with one gateway: registers, renews its lease, and recovers from anything that happens to the gateway. */
export class Membership {
  readonly #api: GatewayApi
  readonly #options: RegisterOptions
  readonly #instance: string
  readonly #ttlMs: number
  readonly #callMs: number
  readonly #log: ClientLog
  readonly #surroundings: Surroundings
  readonly #ending = new AbortController()
  #standing: Standing = { type: 'joining', registration: undefined }
  /** The url of a registration whose response was lost: the gateway may or may not know it. */
  #unsettledUrl: string | undefined
  #cancel: (() => void) | undefined
  #current: Promise<void>
  #sharedRegistration: Registration | undefined

  /** `instance` identifies this process uniquely. */
  constructor (gateway: string, options: RegisterOptions, instance: string, surroundings: Surroundings) {
    this.#api = new GatewayApi(gateway, options.token, surroundings.fetch)
    this.#options = options
    this.#instance = instance
    this.#ttlMs = options.ttlMs ?? defaultTtlMs
    this.#callMs = Math.min(maxCallMs, this.#ttlMs)
    this.#log = options.log ?? stderrLog
    this.#surroundings = surroundings
    this.#current = this.#step()
  }

  /**
   * Tells the gateway, waits a limited time until it has no request in flight here, and leaves. Never rejects. Resolves with true
   * at once if other processes hold the backend too: then the gateway cannot tell which requests are in flight here.
   */
  async drain (): Promise<boolean> {
    const { clock } = this.#surroundings
    const timeoutMs = this.#options.drainTimeoutMs ?? defaultDrainTimeoutMs
    const endsAt = clock.now() + timeoutMs
    this.#cancel?.()
    this.#ending.abort()
    // A registration in progress is not aborted: it would be unknown whether it has to be undone.
    await within(clock, timeoutMs, this.#current)
    if (this.#standing.registration === undefined && this.#unsettledUrl === undefined) return false
    const instance = this.#instance
    const { service } = this.#options
    const leaver = { registration: this.#standing.registration, url: this.#unsettledUrl, service, instance }
    const { logLine, sharedRegistration } = await leave(this.#api, leaver, { clock, endsAt, timeoutMs })
    this.#log[logLine.level]({ gateway: this.#api.origin, ...logLine.fields }, logLine.msg)
    this.#sharedRegistration = sharedRegistration
    return sharedRegistration !== undefined
  }

  /** Makes the gateway reopen its connections to a shared backend, so that none leads here. Never rejects. */
  async leaveConnections (): Promise<void> {
    if (this.#sharedRegistration !== undefined) await tell(this.#api, this.#sharedRegistration, this.#instance, 0).catch(() => {})
  }

  async #step (): Promise<void> {
    const outcome = await this.#attempt()
    if (outcome === undefined) return
    const { standing, delayMs, logLine } = next(this.#standing, outcome, this.#ttlMs)
    this.#standing = standing
    if (logLine !== undefined) this.#log[logLine.level]({ gateway: this.#api.origin, ...logLine.fields }, logLine.msg)
    if (this.#ending.signal.aborted) return
    const { random, backgroundClock } = this.#surroundings
    const jitter = (standing.type === 'away' ? retryJitterRatio : jitterRatio) * random()
    this.#cancel = backgroundClock.after(delayMs * (1 - jitter), () => { this.#current = this.#step() })
  }

  /** Undefined if it was aborted by the drain, or if this backend can never be registered. */
  async #attempt (): Promise<Outcome | undefined> {
    const { signal } = this.#ending
    const { registration } = this.#standing
    try {
      if (registration === undefined) return await this.#register()
      const lease = `/api/backends/${registration.id}/lease?instance=${this.#instance}&ttlMs=${this.#ttlMs}`
      return outcomeOf(await this.#api.call('PUT', lease, { timeoutMs: this.#callMs, signal }), false)
    } catch (error) {
      if (error instanceof NoAddressError) {
        this.#log.error(
          { gateway: this.#api.origin, reason: error.message },
          'this backend cannot be registered: it has no address that the gateway can reach'
        )
        return undefined
      }
      return signal.aborted ? undefined : { type: 'no-answer', reason: reasonOf(error) }
    }
  }

  async #register (): Promise<Outcome> {
    const { server, service, routes, name, protocol, sendProxy, weight, zone, backup, healthCheck } = this.#options
    const found = { timeoutMs: this.#callMs, signal: this.#ending.signal }
    const url = this.#options.url ?? (server && await ownUrl(server, this.#api.origin, found, protocol))
    if (url === undefined) throw new NoAddressError('neither a url nor a server was given')
    this.#unsettledUrl = url
    const whose = { ttlMs: this.#ttlMs, instance: this.#instance }
    const body = { url, service, routes, name, protocol, sendProxy, weight, zone, backup, healthCheck, ...whose }
    const reply = await this.#api.call('POST', '/api/backends', { timeoutMs: this.#callMs, body })
    // A gateway that responds with 5xx may have registered it all the same.
    if (reply.status < 500) this.#unsettledUrl = undefined
    return outcomeOf(reply, true)
  }
}
