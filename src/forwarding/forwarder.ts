import { Agent as HttpAgent, request as requestHttp, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import type { FastifyError } from '@fastify/error'
import type { Backend } from '../backends/backend.ts'
import type { Lease, Outcome } from '../backends/lease.ts'
import type { Registry } from '../backends/registry.ts'
import type { Clock } from '../clock.ts'
import { BackendFailedError, BackendTimeoutError, errorBody, NoBackendError } from '../errors.ts'
import type { Exchange } from './exchange.ts'
import { requestHeaders, responseHeaders } from './headers.ts'

export interface ForwarderOptions {
  readonly registry: Registry
  readonly clock: Clock
  /** By default the system's. */
  readonly lookup?: LookupFunction
  readonly connectTimeoutMs: number
  readonly responseTimeoutMs: number
  readonly keepAliveMs: number
}

/** RFC 9110 section 9.2.2, without TRACE, which nobody needs repeated. */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PROPFIND', 'REPORT', 'SEARCH'])

/** Sends requests on to backends and streams their responses back. */
export class Forwarder {
  readonly #options: ForwarderOptions
  readonly #http: HttpAgent
  readonly #https: HttpsAgent

  constructor (options: ForwarderOptions) {
    this.#options = options
    const agent = { keepAlive: options.keepAliveMs > 0, timeout: options.keepAliveMs, scheduling: 'lifo', ...(options.lookup && { lookup: options.lookup }) } as const
    this.#http = new HttpAgent(agent)
    this.#https = new HttpsAgent(agent)
  }

  /** Answers `res`, by the next backend in rotation or, when none can, by the gateway itself. */
  forward (req: IncomingMessage, res: ServerResponse, exchange: Exchange): void {
    this.#attempt(req, res, exchange, [])
  }

  close (): void {
    this.#http.destroy()
    this.#https.destroy()
  }

  #attempt (req: IncomingMessage, res: ServerResponse, exchange: Exchange, tried: Backend[]): void {
    const { registry, clock } = this.#options
    const lease = registry.acquire(tried)
    if (lease === undefined) return answer(res, tried.length > 0 ? new BackendFailedError() : noBackend(registry))
    const startedAt = clock.now()
    const upstream = this.#send(req, lease.backend)
    let sent = false

    const settle = (outcome: Outcome, reason?: string): void => {
      if (lease.outcome !== undefined) return
      lease.settle(outcome)
      exchange.outcome = outcome
      const durationMs = clock.now() - startedAt
      exchange.attempts.push({ backend: lease.backend.name, durationMs, ...(reason !== undefined && { reason }) })
    }
    const leave = (): void => {
      if (res.writableFinished) return
      settle('client-abort')
      upstream.destroy()
    }
    const cannotRepeat = (): boolean => sent && !(idempotent.has(req.method ?? '') && isWithoutBody(req))

    res.once('close', leave)
    upstream.once('error', (error) => {
      if (lease.outcome === 'client-abort') return
      settle('backend-failure', reasonOf(error))
      res.off('close', leave)
      if (res.headersSent) res.destroy()
      else if (error instanceof ResponseTimeout) answer(res, new BackendTimeoutError())
      else if (cannotRepeat()) answer(res, new BackendFailedError())
      else this.#attempt(req, res, exchange, [...tried, lease.backend])
    })
    this.#whenConnected(upstream, () => {
      sent = true
      req.pipe(upstream)
    })
    upstream.once('response', (response) => { stream(response, res, lease, settle) })
  }

  #send (req: IncomingMessage, { url }: Backend): ClientRequest {
    const isTls = url.protocol === 'https:'
    const options = { method: req.method ?? 'GET', path: req.url, headers: requestHeaders(req), setHost: false }
    return isTls
      ? requestHttps(url, { ...options, agent: this.#https })
      : requestHttp(url, { ...options, agent: this.#http })
  }

  /** Runs `task` when there is a connection; what is sent before that could not be taken back. */
  #whenConnected (upstream: ClientRequest, task: () => void): void {
    const { connectTimeoutMs, responseTimeoutMs, clock } = this.#options
    upstream.once('socket', (socket) => {
      let cancel: () => void
      const connected = (): void => {
        cancel?.()
        cancel = clock.after(responseTimeoutMs, () => { upstream.destroy(new ResponseTimeout()) })
        task()
      }
      upstream.once('response', () => { cancel() })
      upstream.once('close', () => { cancel() })
      if (!socket.connecting) return connected()
      cancel = clock.after(connectTimeoutMs, () => { upstream.destroy(new Error('connect timeout')) })
      socket.once('connect', connected)
    })
  }
}

function stream (response: IncomingMessage, res: ServerResponse, lease: Lease, settle: (outcome: Outcome, reason?: string) => void): void {
  res.writeHead(response.statusCode ?? 502, response.statusMessage ?? '', responseHeaders(response))
  response.once('end', () => { settle('success') })
  response.once('error', (error) => {
    settle('backend-failure', reasonOf(error))
    // Half a response must not look whole: the connection is cut.
    res.destroy()
  })
  response.pipe(res)
}

class ResponseTimeout extends Error {
  override readonly message = 'response timeout'
}

function noBackend (registry: Registry): FastifyError {
  return new NoBackendError(registry.backends().length === 0 ? 'none is registered' : 'none is healthy')
}

function answer (res: ServerResponse, error: FastifyError): void {
  const body = JSON.stringify(errorBody(error))
  const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) }
  res.writeHead(error.statusCode ?? 500, error.statusCode === 503 ? { ...headers, 'retry-after': '1' } : headers)
  res.end(body)
}

function isWithoutBody (req: IncomingMessage): boolean {
  return req.headers['transfer-encoding'] === undefined && (req.headers['content-length'] ?? '0') === '0'
}

function reasonOf (error: Error): string {
  return 'code' in error ? String(error.code) : error.message
}
