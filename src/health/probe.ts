import type { LookupFunction } from 'node:net'
import type { Backend, CheckSpec } from '../backends/backend.ts'
import type { Clock } from '../clock.ts'
import type { StatusRange } from '../config/status-range.ts'
import { UpstreamConnection, type ConnectionOwner, type ConnectionUser } from '../upstream/connection.ts'
import { addressOf, type Address } from '../upstream/dial.ts'
import type { Failure } from '../upstream/failure.ts'
import type { ResponseHead } from '../upstream/response-head.ts'
import { failureWords } from './failure-words.ts'

export interface ProbeOptions {
  /** Where a backend's own `check` does not say otherwise. */
  readonly path: string
  readonly status: StatusRange
  /** For all of a check, the connection included. */
  readonly timeoutMs: number
  readonly lookupFor: (backend: Backend) => LookupFunction
  readonly clock: Clock
}

export interface ProbeResult {
  readonly passed: boolean
  readonly detail: string
}

/** Asks a backend once whether it is well. Never rejects: what goes wrong is the result. */
export type Probe = (backend: Backend, signal: AbortSignal) => Promise<ProbeResult>

/** What is asked of one backend. */
interface Question {
  readonly lookup: LookupFunction
  readonly address: Address
  /** Empty: it is enough that a connection is accepted. */
  readonly request: string
  readonly status: StatusRange
}

const maxBodyBytes = 65_536

/**
 * A probe by `GET path`, on a connection of its own that is closed afterwards, so that a check tells whether a new
 * connection is accepted and never takes one from the traffic.
 */
export function createProbe (options: ProbeOptions): Probe {
  /** By what is said of each backend's check, which is another object when it changes. */
  const questions = new WeakMap<CheckSpec, Question>()

  return function probe (backend, signal) {
    let question = questions.get(backend.check)
    if (question === undefined) questions.set(backend.check, question = questionFor(backend, options))
    const asked = question
    return new Promise((resolve) => {
      const check = new Check(asked, options, finish)
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

function questionFor (backend: Backend, defaults: ProbeOptions): Question {
  const { url, check } = backend
  const address = addressOf(url)
  const host = check.host ?? (url.host || 'localhost')
  const request = `GET ${check.path ?? defaults.path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: evenkeel-health-check\r\nAccept: */*\r\nConnection: close\r\n\r\n`
  return {
    lookup: defaults.lookupFor(backend),
    address: address.kind === 'unix' || check.port === undefined ? address : { ...address, port: check.port },
    request: check.type === 'tcp' ? '' : request,
    status: check.status ?? defaults.status
  }
}

/** Nobody: the connection of a check is used once. */
const noOwner: ConnectionOwner = { onIdle () {}, onClosed () {} }

class Check implements ConnectionUser {
  readonly #request: string
  readonly #status: StatusRange
  readonly #options: ProbeOptions
  readonly #done: (result: ProbeResult) => void
  readonly #startedAt: number
  readonly #connection: UpstreamConnection
  #statusCode = 0
  #bodyBytes = 0

  constructor ({ address, request, status, lookup }: Question, options: ProbeOptions, done: (result: ProbeResult) => void) {
    const { clock, timeoutMs } = options
    this.#request = request
    this.#status = status
    this.#options = options
    this.#done = done
    this.#startedAt = clock.now()
    this.#connection = new UpstreamConnection({ address, owner: noOwner, clock, lookup, connectTimeoutMs: timeoutMs, keepAliveMs: 0 })
    this.#connection.begin(this, 'GET', false)
  }

  /** The first call counts. */
  finish (passed: boolean, detail: string): void {
    this.#connection.destroy()
    this.#done({ passed, detail })
  }

  onConnected (): void {
    const { timeoutMs, clock } = this.#options
    if (this.#request === '') return this.finish(true, 'connected')
    this.#connection.write(this.#request)
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
    const isTimeout = failure === 'connect-timeout' || failure === 'response-timeout'
    const words = isTimeout ? `no answer within ${this.#options.timeoutMs} ms` : failureWords[failure]
    this.finish(false, failure === 'tls' || failure === 'unreachable' ? `${words}: ${code}` : words)
  }

  onInformational (): void {}
  onFlush (): void {}
  onDrain (): void {}
  onTunnelBytes (): void {}
  onTunnelEnd (): void {}

  #judge (): void {
    const { first, last } = this.#status
    this.finish(this.#statusCode >= first && this.#statusCode <= last, `status ${this.#statusCode}`)
  }
}
