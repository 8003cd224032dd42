import { systemClock, type Clock } from '../clock.ts'
import { defaultDrainTimeoutMs, defaultTtlMs, type RegisterOptions } from './options.ts'

/** What a test may take the place of. */
export interface Surroundings {
  readonly clock: Clock
  readonly random: () => number
  readonly fetch: typeof fetch
}

export const realSurroundings: Surroundings = { clock: systemClock, random: Math.random, fetch: (...request) => fetch(...request) }

interface Reply {
  readonly status: number
  readonly body: { readonly id?: string, readonly inFlight?: number, readonly message?: string }
}

/** Renewals per lease: two may get lost. */
const renewalsPerLease = 3
const jitterRatio = 0.1
const leastRetryMs = 250
/** Where the gateway says that something is wrong with what it was told, asking again soon does not help. */
const refusedRetryMs = 30_000
const maxCallMs = 5000
const pollMs = 50

/** This backend's place at one gateway: registers, renews its lease, and comes back whatever happens to the gateway. */
export class Membership {
  readonly #gateway: string
  readonly #options: RegisterOptions
  readonly #surroundings: Surroundings
  readonly #ending = new AbortController()
  #id: string | undefined
  #failures = 0
  #cancel: (() => void) | undefined
  #current: Promise<void> | undefined
  #said = ''

  constructor (gateway: string, options: RegisterOptions, surroundings: Surroundings) {
    this.#gateway = gateway
    this.#options = options
    this.#surroundings = surroundings
    this.#goOn(0)
  }

  /** Tells the gateway, waits until it has no request in flight here, for a limited time, and leaves. Never rejects. */
  async drain (): Promise<void> {
    this.#cancel?.()
    this.#ending.abort()
    await this.#current
    if (this.#id === undefined) return
    const { clock } = this.#surroundings
    const path = `/api/backends/${this.#id}`
    const { drainTimeoutMs = defaultDrainTimeoutMs } = this.#options
    const end = clock.now() + drainTimeoutMs
    try {
      let { status } = await this.#call('DELETE', `${path}?drainMs=${drainTimeoutMs}`)
      while (status === 202 || status === 200) {
        if (clock.now() >= end) return this.#options.log?.warn({ gateway: this.#gateway }, 'requests are still in flight at the end of the drain')
        await new Promise<void>((resolve) => { clock.after(pollMs, resolve) })
        status = (await this.#call('GET', path)).status
      }
      this.#options.log?.info({ gateway: this.#gateway }, 'left the gateway')
    } catch (error) {
      this.#options.log?.warn({ gateway: this.#gateway, err: error }, 'the gateway cannot be told that this backend leaves')
    }
  }

  #goOn (delayMs: number): void {
    if (this.#ending.signal.aborted) return
    this.#cancel = this.#surroundings.clock.after(delayMs, () => { this.#current = this.#step() })
  }

  async #step (): Promise<void> {
    const { ttlMs = defaultTtlMs } = this.#options
    let delayMs: number
    try {
      const { status, body } = this.#id === undefined ? await this.#register() : await this.#call('PUT', `/api/backends/${this.#id}/lease`)
      if (status === 404 || status === 410) {
        // The gateway has forgotten this backend: it was away for too long, or somebody removed it.
        this.#id = undefined
        delayMs = 0
      } else if (status >= 200 && status < 300) {
        this.#id = body.id
        this.#failures = 0
        this.#say('info', 'registered with the gateway', {})
        delayMs = ttlMs / renewalsPerLease
      } else {
        this.#say('error', 'the gateway refuses this backend', { status, message: body.message })
        delayMs = status < 500 ? refusedRetryMs : this.#backOff(ttlMs)
      }
    } catch (error) {
      if (this.#ending.signal.aborted) return
      this.#say('warn', 'the gateway cannot be reached', { reason: reasonOf(error) })
      delayMs = this.#backOff(ttlMs)
    }
    this.#goOn(delayMs * (1 - jitterRatio * this.#surroundings.random()))
  }

  #register (): Promise<Reply> {
    const { url, name, weight, zone, backup, healthCheck, ttlMs = defaultTtlMs } = this.#options
    return this.#call('POST', '/api/backends', { url, name, weight, zone, backup, healthCheck, ttlMs })
  }

  #backOff (ttlMs: number): number {
    return Math.min(leastRetryMs * 2 ** this.#failures++, ttlMs / renewalsPerLease)
  }

  async #call (method: string, path: string, body?: object): Promise<Reply> {
    const { token, ttlMs = defaultTtlMs } = this.#options
    const response = await this.#surroundings.fetch(this.#gateway + path, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' })
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(Math.min(maxCallMs, ttlMs))
    })
    const text = await response.text()
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : {} }
  }

  /** Once for each change. */
  #say (level: 'info' | 'warn' | 'error', msg: string, fields: object): void {
    const said = `${msg} ${JSON.stringify(fields)}`
    if (said === this.#said) return
    this.#said = said
    this.#options.log?.[level]({ gateway: this.#gateway, ...fields }, msg)
  }
}

/** `fetch` says no more than "fetch failed"; the reason is in its cause. */
function reasonOf (error: unknown): string {
  const { cause } = error as { cause?: { code?: string, message?: string } }
  return cause?.code ?? cause?.message ?? (error as Error).message
}
