import type { Clock } from '../base/clock.ts'
import type { StatusRange } from '../http/status-range.ts'
import type { BackendStreamUser, PooledStream } from '../upstream/backend-stream.ts'
import type { Failure } from '../upstream/failure.ts'
import { healthResult } from '../grpc/health-check.ts'
import type { Fields } from '../http/fields.ts'
import type { ResponseHead } from '../http/heads.ts'
import { failureWords } from '../backends/failure-reason.ts'

export interface CheckResult {
  readonly passed: boolean
  /** The gateway could not ask: the result tells nothing of the backend. */
  readonly isInconclusive?: boolean
  readonly detail: string
}

/** Connections to one backend. */
export interface CheckPool {
  take (): PooledStream
  takeFresh (): PooledStream
  retire (): void
  close (): void
}

export interface CheckOptions {
  /** Where the connections of this backend's checks are. */
  readonly pool: CheckPool
  /** Head of the request as it is sent; empty: it is enough that a connection is accepted. */
  readonly request: string
  readonly status: StatusRange
  /** The body of a check by gRPC, whose answer says more than its status. */
  readonly grpcRequest?: Buffer | undefined
  /** For all of the check, the connection included. */
  readonly timeoutMs: number
  readonly clock: Clock
  /** The gateway itself has failed at a check, which ends with that. */
  readonly onThrown: (error: unknown) => void
}

/** What comes of a check at which the gateway itself has failed. */
export const failedCheck: CheckResult = { passed: false, detail: 'the check failed in the gateway', isInconclusive: true }

const maxBodyBytes = 65_536

/** So many checks go over one connection; the next one tells again whether a new connection is accepted. */
const maxChecksPerConnection = 10

/** One check of one backend: of the connection and the head of its answer. */
export class Check implements BackendStreamUser {
  readonly #options: CheckOptions
  readonly #done: (result: CheckResult) => void
  readonly #startedAt: number
  #connection: PooledStream
  #bodyBytes = 0
  readonly #body: Buffer[] = []
  #grpcStatus: string | undefined
  #isDone = false

  /** `done` is called once, never before the constructor has returned. */
  constructor (options: CheckOptions, onNewConnection: boolean, done: (result: CheckResult) => void) {
    this.#options = options
    this.#done = done
    this.#startedAt = options.clock.now()
    this.#connection = connectionOf(options.pool, onNewConnection)
    this.#begin()
  }

  /** Ends it before it has come to a result of its own. */
  end (detail: string): void {
    this.#connection.destroy()
    this.#conclude({ passed: false, detail })
  }

  onConnected (): void {
    const { request, grpcRequest } = this.#options
    const connection = this.#connection
    if (request === '') {
      connection.destroy()
      this.#conclude({ passed: true, detail: 'connected' })
      return
    }
    connection.send(request, grpcRequest === undefined ? 'none' : 'length')
    if (grpcRequest !== undefined) connection.write(grpcRequest, false)
    connection.end('')
    connection.limit(this.#remainingMs(), 'response-timeout')
  }

  onHead ({ statusCode, fields }: ResponseHead): void {
    const { grpcRequest, status: { first, last } } = this.#options
    if (grpcRequest !== undefined && statusCode === 200) {
      // Of an answer that is nothing but trailers.
      this.#grpcStatus = fields.get('grpc-status')
      return
    }
    this.#conclude({ passed: statusCode >= first && statusCode <= last, detail: `status ${statusCode}` })
  }

  onResponseBody (bytes: Buffer): void {
    // The body is read, so that the connection can be kept, but nothing waits for it, and its bytes and its time are bounded.
    this.#bodyBytes += bytes.length
    if (this.#options.grpcRequest !== undefined) this.#body.push(Buffer.from(bytes))
    if (this.#bodyBytes <= maxBodyBytes) return
    this.#connection.destroy()
    // Without an effect where the head has settled it.
    this.#conclude({ passed: false, detail: 'the body is longer than an answer' })
  }

  onFailed (failure: Failure): void {
    if (this.#isDone) return
    if (failure.isStale) return this.#retry()
    if (failure.reason === 'exhausted') return this.#conclude({ passed: false, detail: failureWords.exhausted, isInconclusive: true })
    this.#conclude({ passed: false, detail: this.#wordsFor(failure) })
  }

  /** Nothing was learnt of the backend. */
  onThrown (error: unknown): void {
    this.#connection.destroy()
    this.#options.onThrown(error)
    this.#conclude(failedCheck)
  }

  onComplete (trailers: Fields): void {
    if (this.#options.grpcRequest === undefined) return
    this.#conclude(healthResult(Buffer.concat(this.#body), trailers.get('grpc-status') ?? this.#grpcStatus))
  }

  onInformational (): void {}
  onFlush (): void {}
  onRequestDrain (): void {}
  onTunnelBytes (): void {}
  onTunnelEnd (): void {}

  #begin (): void {
    this.#connection.begin(this, this.#options.grpcRequest === undefined ? 'GET' : 'POST', false)
  }

  /** The backend had just closed the connection that was kept, which says nothing against it. */
  #retry (): void {
    this.#connection = this.#options.pool.takeFresh()
    this.#begin()
    this.#connection.limit(this.#remainingMs(), 'connect-timeout')
  }

  #remainingMs (): number {
    const { timeoutMs, clock } = this.#options
    return Math.max(1, timeoutMs - (clock.now() - this.#startedAt))
  }

  #wordsFor ({ reason, detail }: Failure): string {
    const { timeoutMs } = this.#options
    switch (reason) {
      case 'connect-timeout': return `no connection within ${timeoutMs} ms`
      case 'response-timeout': return `no response within ${timeoutMs} ms`
      case 'tls':
      case 'unreachable':
      case 'not-allowed': return `${failureWords[reason]}: ${detail}`
      default: return failureWords[reason]
    }
  }

  #conclude (result: CheckResult): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#done(result)
  }
}

function connectionOf (pool: CheckPool, onNewConnection: boolean): PooledStream {
  const connection = pool.take()
  const checks = connection.uses + 1
  if (checks === 0 || (!onNewConnection && checks < maxChecksPerConnection)) return connection
  connection.destroy()
  return pool.takeFresh()
}
