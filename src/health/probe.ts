import type { LookupFunction } from 'node:net'
import type { Clock } from '../clock.ts'
import type { StatusRange } from '../config/status-range.ts'
import { UpstreamConnection, type ConnectionOwner, type ConnectionUser } from '../upstream/connection.ts'
import { addressOf } from '../upstream/dial.ts'
import type { Failure } from '../upstream/failure.ts'
import type { ResponseHead } from '../upstream/response-head.ts'

export interface ProbeOptions {
  readonly path: string
  /** For all of a check, the connection included. */
  readonly timeoutMs: number
  readonly status: StatusRange
  readonly lookup: LookupFunction
  readonly clock: Clock
}

export interface ProbeResult {
  readonly passed: boolean
  readonly detail: string
}

/** Asks a backend once whether it is well. Never rejects: what goes wrong is the result. */
export type Probe = (url: URL, signal: AbortSignal) => Promise<ProbeResult>

const maxBodyBytes = 65_536

/**
 * A probe by `GET path`, on a connection of its own that is closed afterwards, so that a check tells whether a new
 * connection is accepted and never takes one from the traffic.
 */
export function createHttpProbe (options: ProbeOptions): Probe {
  return function probe (url, signal) {
    return new Promise((resolve) => {
      const check = new HttpCheck(url, options, finish)
      signal.addEventListener('abort', abort)

      function finish (result: ProbeResult): void {
        signal.removeEventListener('abort', abort)
        resolve(result)
      }
      function abort (): void {
        check.finish(false, 'check ended with the gateway')
      }
    })
  }
}

/** Nobody: the connection of a check is used once. */
const noOwner: ConnectionOwner = { onIdle () {}, onClosed () {} }

class HttpCheck implements ConnectionUser {
  readonly #options: ProbeOptions
  readonly #host: string
  readonly #done: (result: ProbeResult) => void
  readonly #startedAt: number
  readonly #connection: UpstreamConnection
  #statusCode = 0
  #bodyBytes = 0

  constructor (url: URL, options: ProbeOptions, done: (result: ProbeResult) => void) {
    const { clock, lookup, timeoutMs } = options
    this.#options = options
    this.#host = url.host || 'localhost'
    this.#done = done
    this.#startedAt = clock.now()
    this.#connection = new UpstreamConnection({ address: addressOf(url), owner: noOwner, clock, lookup, connectTimeoutMs: timeoutMs, keepAliveMs: 0 })
    this.#connection.begin(this, 'GET', false)
  }

  /** The first call counts. */
  finish (passed: boolean, detail: string): void {
    this.#connection.destroy()
    this.#done({ passed, detail })
  }

  onConnected (): void {
    const { path, timeoutMs, clock } = this.#options
    this.#connection.write(`GET ${path} HTTP/1.1\r\nHost: ${this.#host}\r\nUser-Agent: evenkeel-health-check\r\nAccept: */*\r\nConnection: close\r\n\r\n`)
    this.#connection.limit(Math.max(1, timeoutMs - (clock.now() - this.#startedAt)), 'response-timeout')
  }

  onHead ({ statusCode }: ResponseHead): void {
    this.#statusCode = statusCode
  }

  onBody (bytes: Buffer): void {
    // The body is read, so that the backend sees an orderly end, but not without a bound.
    this.#bodyBytes += bytes.length
    if (this.#bodyBytes > maxBodyBytes) this.#judge()
  }

  onComplete (): void {
    this.#judge()
  }

  onFailed (failure: Failure, code: string | undefined): void {
    const words = wordsFor[failure] ?? `no answer within ${this.#options.timeoutMs} ms`
    this.finish(false, failure === 'tls' || failure === 'unreachable' ? `${words}: ${code}` : words)
  }

  onInformational (): void {}
  onFlush (): void {}
  onDrain (): void {}
  onTunnelBytes (): void {}
  onTunnelEnd (): void {}

  #judge (): void {
    const { first, last } = this.#options.status
    this.finish(this.#statusCode >= first && this.#statusCode <= last, `status ${this.#statusCode}`)
  }
}

/** What failed, for an operator; the time limits have a sentence of their own. */
const wordsFor: Partial<Record<Failure, string>> = {
  refused: 'connection refused',
  unreachable: 'host cannot be reached',
  tls: 'TLS handshake failed',
  reset: 'connection reset',
  closed: 'connection closed',
  'not-http': 'not HTTP'
}
