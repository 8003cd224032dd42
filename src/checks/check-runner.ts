import type { Backend } from '../backends/backend.ts'
import type { BackendSpec, HealthCheckSpec } from '../backends/spec.ts'
import type { Clock } from '../base/clock.ts'
import type { StatusRange } from '../http/status-range.ts'
import { speaksHttp2 } from '../backends/protocol.ts'
import { writeHeader } from '../proxy-protocol/writer.ts'
import { Http2Pool } from '../upstream/http2/pool.ts'
import { healthPath, healthRequest } from '../grpc/health-check.ts'
import { ConnectionPool } from '../upstream/connection-pool.ts'
import type { TlsSettings } from '../upstream/dial.ts'
import type { Guard } from '../upstream/guard.ts'
import type { Names } from '../upstream/names.ts'
import { Check, failedCheck, type CheckOptions, type CheckResult } from './check.ts'

/** What is asked of the backends of a service, and how. */
export interface CheckSettings {
  /** From the start of a check to the start of the next, in ms. */
  readonly intervalMs: number
  /** Where a backend's own `check` does not say otherwise. */
  readonly path: string
  readonly status: StatusRange
  /** For all of a check, the connection included. */
  readonly timeoutMs: number
}

export interface CheckRunnerOptions {
  /** The same object until it is changed. */
  readonly settingsFor: (backend: Backend) => CheckSettings
  /** How certificates are verified, by service; by default as Node does. */
  readonly tlsFor?: (backend: Backend) => TlsSettings | undefined
  readonly names: Names
  /** For backends whose address is not the operator's word. */
  readonly guardFor: (backend: Backend) => Guard | undefined
  readonly clock: Clock
  /** The gateway itself has failed at a check, which ends with that. */
  readonly onThrown: (error: unknown) => void
}

/** What is asked of one backend. */
interface Question extends CheckOptions {
  /** What it was made from: another object when something of it changes. */
  readonly spec: HealthCheckSpec
  readonly settings: CheckSettings
  readonly tls: TlsSettings | undefined
  readonly protocol: BackendSpec['protocol']
  readonly sendProxy: BackendSpec['sendProxy']
}

/**
 * Asks backends whether they are well, by `GET path`. As long as that is not in question the checks of a backend share a
 * connection, as Envoy's do, since making one is most of what a check costs; it is never one of the traffic's.
 */
export class CheckRunner {
  readonly #options: CheckRunnerOptions
  readonly #questions = new Map<Backend, Question>()
  readonly #running = new Set<Check>()

  constructor (options: CheckRunnerOptions) {
    this.#options = options
  }

  /** One check, over a new connection where the backend is in question. Never rejects: what goes wrong is the result. */
  run (backend: Backend, isInQuestion: boolean): Promise<CheckResult> {
    return new Promise<CheckResult>((resolve) => {
      const check = new Check(this.#questionFor(backend), isInQuestion, (result) => {
        this.#running.delete(check)
        resolve(result)
      })
      this.#running.add(check)
    }).catch((error: unknown) => {
      this.#options.onThrown(error)
      return failedCheck
    })
  }

  /** The backend has left: nobody will ask it again. */
  forget (backend: Backend): void {
    this.#questions.get(backend)?.pool.retire()
    this.#questions.delete(backend)
  }

  /** Ends the checks that run, and all connections. */
  close (): void {
    for (const check of this.#running) check.end('check cancelled by the shutdown')
    for (const { pool } of this.#questions.values()) pool.close()
    this.#questions.clear()
  }

  #questionFor (backend: Backend): Question {
    const known = this.#questions.get(backend)
    const { settingsFor, tlsFor } = this.#options
    const isSame = known?.spec === backend.healthCheck && known.settings === settingsFor(backend) && known.tls === tlsFor?.(backend) &&
      known.protocol === backend.spec.protocol && known.sendProxy === backend.spec.sendProxy
    if (isSame) return known
    this.forget(backend)
    const question = questionFor(backend, this.#options)
    this.#questions.set(backend, question)
    return question
  }
}

function questionFor (backend: Backend, options: CheckRunnerOptions): Question {
  const { settingsFor, tlsFor, names: { lookup, watch: watchName }, guardFor, clock, onThrown } = options
  const settings = settingsFor(backend)
  const tls = tlsFor?.(backend)
  const { path, status, timeoutMs, intervalMs } = settings
  // So that the next check still finds it.
  const keepAliveMs = 2 * intervalMs
  const { url, healthCheck: spec, spec: { protocol, sendProxy } } = backend
  const checkedUrl = new URL(url)
  if (spec.port !== undefined) checkedUrl.port = String(spec.port)
  // Another port is not where the clients' connections come in.
  const header = sendProxy !== undefined && checkedUrl.port === url.port ? writeHeader(sendProxy, undefined) : undefined
  const poolOptions = { clock, lookup, watchName, guard: guardFor(backend), tls, connectTimeoutMs: timeoutMs, keepAliveMs }
  const grpcRequest = spec.type === 'grpc' ? healthRequest(spec.service ?? '') : undefined
  const isByHttp2 = speaksHttp2(backend) && spec.type !== 'tcp'
  const host = spec.host ?? (url.host || 'localhost')
  return {
    spec,
    settings,
    tls,
    protocol,
    sendProxy,
    pool: isByHttp2 ? new Http2Pool(checkedUrl, poolOptions) : new ConnectionPool(checkedUrl, { ...poolOptions, header }),
    request: spec.type === 'tcp' ? '' : grpcRequest === undefined ? requestFor(spec.path ?? path, host) : grpcHead(grpcRequest, host),
    grpcRequest,
    status: spec.status ?? status,
    timeoutMs,
    clock,
    onThrown
  }
}

function requestFor (path: string, host: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: evenkeel-health-check\r\nAccept: */*\r\n\r\n`
}

function grpcHead (body: Buffer, host: string): string {
  return `POST ${healthPath} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: evenkeel-health-check\r\nContent-Type: application/grpc\r\n` +
    `TE: trailers\r\nContent-Length: ${body.length}\r\n\r\n`
}
