import type { Clock } from '../clock.ts'
import type { StatusRange } from '../config/status-range.ts'
import type { ConnectionPool } from '../upstream/connection-pool.ts'
import type { ConnectionUser, UpstreamConnection } from '../upstream/connection.ts'
import type { Failure } from '../upstream/failure.ts'
import type { ResponseHead } from '../upstream/response-head.ts'
import { failureWords } from './failure-words.ts'

export interface ProbeResult {
  readonly passed: boolean
  /** The gateway could not ask: the result tells nothing of the backend. */
  readonly isInconclusive?: boolean
  readonly detail: string
}

export interface CheckOptions {
  /** Where the connections of this backend's checks are. */
  readonly pool: ConnectionPool
  /** Head of the request as it is sent; empty: it is enough that a connection is accepted. */
  readonly request: string
  readonly status: StatusRange
  /** For all of the check, the connection included. */
  readonly timeoutMs: number
  readonly clock: Clock
  /** The gateway itself has failed at a check, which ends with that. */
  readonly onThrown: (error: unknown) => void
}

/** What comes of a check at which the gateway itself has failed. */
export const failedCheck: ProbeResult = { passed: false, detail: 'the check failed in the gateway', isInconclusive: true }

const maxBodyBytes = 65_536

/** So many checks go over one connection; the next one tells again whether a new connection is accepted. */
const maxChecksPerConnection = 10

/** One check of one backend. */
export class Check implements ConnectionUser {
  readonly #options: CheckOptions
  readonly #done: (result: ProbeResult) => void
  readonly #startedAt: number
  #connection: UpstreamConnection
  #statusCode = 0
  #bodyBytes = 0

  /** `done` is called once, never before the constructor has returned. */
  constructor (options: CheckOptions, onNewConnection: boolean, done: (result: ProbeResult) => void) {
    this.#options = options
    this.#done = done
    this.#startedAt = options.clock.now()
    this.#connection = connectionOf(options.pool, onNewConnection)
    this.#connection.begin(this, 'GET', false)
  }

  /** Ends it before it has come to a result of its own. */
  end (detail: string): void {
    this.#connection.destroy()
    this.#done({ passed: false, detail })
  }

  onConnected (): void {
    const { request } = this.#options
    const connection = this.#connection
    if (request === '') {
      connection.destroy()
      this.#done({ passed: true, detail: 'connected' })
      return
    }
    connection.write(request)
    connection.isRequestSent = true
    connection.limit(this.#remainingMs(), 'response-timeout')
  }

  onHead ({ statusCode }: ResponseHead): void {
    this.#statusCode = statusCode
  }

  onBody (bytes: Buffer): void {
    // The body is read, so that the backend sees an orderly end, but not without a bound.
    this.#bodyBytes += bytes.length
    if (this.#bodyBytes <= maxBodyBytes) return
    this.#connection.destroy()
    this.#judge()
  }

  onComplete (): void {
    this.#judge()
  }

  onFailed (failure: Failure, code: string | undefined): void {
    const { hasResponseStarted, uses } = this.#connection
    if (uses > 0 && !hasResponseStarted && (failure === 'reset' || failure === 'closed')) return this.#repeat()
    const isTimeout = failure === 'connect-timeout' || failure === 'response-timeout'
    const words = isTimeout ? `no answer within ${this.#options.timeoutMs} ms` : failureWords[failure]
    if (failure === 'exhausted') return this.#done({ passed: false, detail: words, isInconclusive: true })
    this.#done({ passed: false, detail: failure === 'tls' || failure === 'unreachable' ? `${words}: ${code}` : words })
  }

  /** Nothing was learnt of the backend. */
  onThrown (error: unknown): void {
    this.#connection.destroy()
    this.#options.onThrown(error)
    this.#done(failedCheck)
  }

  onInformational (): void {}
  onFlush (): void {}
  onDrain (): void {}
  onTunnelBytes (): void {}
  onTunnelEnd (): void {}

  /** The backend had just closed the connection that was kept, which says nothing against it. */
  #repeat (): void {
    this.#connection = this.#options.pool.takeFresh()
    this.#connection.begin(this, 'GET', false)
    this.#connection.limit(this.#remainingMs(), 'connect-timeout')
  }

  #remainingMs (): number {
    const { timeoutMs, clock } = this.#options
    return Math.max(1, timeoutMs - (clock.now() - this.#startedAt))
  }

  #judge (): void {
    const { first, last } = this.#options.status
    this.#done({ passed: this.#statusCode >= first && this.#statusCode <= last, detail: `status ${this.#statusCode}` })
  }
}

function connectionOf (pool: ConnectionPool, onNewConnection: boolean): UpstreamConnection {
  const connection = pool.take()
  const checks = connection.uses + 1
  if (checks === 0 || (!onNewConnection && checks < maxChecksPerConnection)) return connection
  connection.destroy()
  return pool.takeFresh()
}
