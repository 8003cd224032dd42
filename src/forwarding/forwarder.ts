import type { IncomingMessage, ServerResponse } from 'node:http'
import type { LookupFunction, Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { FastifyError } from '@fastify/error'
import type { Backend } from '../backends/backend.ts'
import type { Explanation } from '../services/explanation.ts'
import type { Service } from '../services/service.ts'
import type { Clock } from '../base/clock.ts'
import { BadRequestError, BodyTooLargeError, InternalError, LoopError, NoBackendError, OverloadedError } from '../errors.ts'
import { ConnectionPool } from '../upstream/connection-pool.ts'
import type { Guard } from '../upstream/guard.ts'
import type { EarlyBytes } from '../downstream/early-bytes.ts'
import { sendError } from './error-response.ts'
import { Exchange, type BodyKind } from './exchange.ts'
import type { HeadHooks } from './head-hooks.ts'
import { isTooMuch } from './head-memory.ts'
import { assertNotBegun, isOnSocket } from '../downstream/own-head.ts'
import { isLoop, type RequestHeadOptions } from './headers-to-backend.ts'
import { isMalformed } from '../http/request-target.ts'
import { stickyBackendOf } from '../routing/sticky-backend.ts'
import { Tunnel } from './tunnel.ts'

export interface ForwarderOptions {
  readonly service: Service
  readonly clock: Clock
  readonly random: () => number
  readonly lookup: LookupFunction
  /** For backends whose address is not the operator's word. */
  readonly guardFor: (backend: Backend) => Guard | undefined
  readonly head: RequestHeadOptions
  readonly connectTimeoutMs: number
  /** From the end of the request to the head of the response. */
  readonly responseTimeoutMs: number
  /** Between two pieces of a body, in either direction. */
  readonly bodyIdleMs: number
  readonly tunnelIdleMs: number
  /** How long an idle connection to a backend is kept. */
  readonly keepAliveMs: number
  /** What a response says about its client's connection when that is kept, each line with its end. */
  readonly keepAliveLines: string
  /** What the balancer may go by; absent when it asks for nothing. */
  readonly keyOf: ((req: IncomingMessage, path: string) => string) | undefined
  /** Explains a request whose client has asked for it and may; absent where nobody may. */
  readonly explain: ((req: IncomingMessage, key: string, sticky: Backend | undefined) => string | undefined) | undefined
  /** How much of a request's body is kept for a repeat. */
  readonly replayBytes: number
  /** 0: no limit. */
  readonly maxBodyBytes: number
  /** The gateway itself has failed at this request, which ends with that. */
  readonly onThrown: (error: unknown, request: Pick<ForwardRequest, 'req' | 'requestId'>) => void
  /** Called once for each request that was forwarded, when its client has its answer or has left. */
  readonly onExchangeEnd: (exchange: Exchange) => void
}

/** What an exchange needs of its surroundings. */
export interface ForwarderContext extends ForwarderOptions {
  /** The gateway is about to end: responses close their connections, so that no client sends another request on one. */
  isEnding: boolean
  /** Exchanges whose client has neither got its answer nor left. */
  openExchanges: number
  /** What their heads take of the memory, as estimated. */
  openHeadBytes: number
  poolOf (backend: Backend): ConnectionPool
  /** The error for a request that found no backend. */
  unavailable (): FastifyError
}

/** A connection that is to leave HTTP for another protocol, and what its client sends after the request. */
export interface Upgrade {
  readonly socket: Socket
  readonly early: EarlyBytes
}

export interface ForwardRequest {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** The target as hooks have seen it. */
  readonly path: string
  /** What names it wherever it is spoken of; `isRequestId` holds. */
  readonly requestId: string
  readonly upgrade: Upgrade | undefined
  /** Headers are set on `res` that belong into the response. */
  readonly hasHeadersOfHooks: boolean
  /** What a hook wants sent in place of the client's body. */
  readonly body?: Readable | undefined
  /** Hooks that see the head of the response before the client does. */
  readonly headHooks?: HeadHooks | undefined
}

/** Sends requests on to backends and streams their responses back. */
export class Forwarder {
  readonly #context: ForwarderContext
  readonly #pools = new Map<Backend, ConnectionPool>()

  constructor (options: ForwarderOptions) {
    this.#context = {
      ...options,
      isEnding: false,
      openExchanges: 0,
      openHeadBytes: 0,
      poolOf: (backend) => this.#pools.get(backend) ?? this.#openPool(backend),
      unavailable: () => unavailable(options.service)
    }
  }

  /** Answers: by a backend in rotation or, when none can, by the gateway itself. */
  forward (request: ForwardRequest): void {
    try {
      this.#begin(request)
    } catch (error) {
      this.fail(request, error)
    }
  }

  /** Answers a request at which the gateway has failed before it became an exchange. */
  fail (request: Pick<ForwardRequest, 'req' | 'res' | 'requestId'>, error: unknown): void {
    const { req, res, requestId } = request
    this.#context.onThrown(error, request)
    try {
      sendError(res, new InternalError(), this.#context.keepAliveLines, requestId)
    } catch {
      req.socket.destroy()
    }
  }

  #begin ({ req, res, path, requestId, upgrade, hasHeadersOfHooks, body, headHooks }: ForwardRequest): void {
    assertNotBegun(res)
    const kind = bodyKindOf(req)
    // How long it will be is not known.
    const bodyKind = kind === 'length' && body !== undefined ? 'chunked' : kind
    const tunnel = upgrade && new Tunnel(upgrade, this.#context.tunnelIdleMs)
    const exchange = new Exchange(this.#context, { req, res, path, requestId, bodyKind: bodyKind ?? 'none', body, tunnel, hasHeadersOfHooks, headHooks })
    const refusal = this.#refusal(req, bodyKind)
    if (refusal === undefined) return exchange.start()
    if (refusal instanceof BadRequestError) res.shouldKeepAlive = false
    exchange.answer(refusal)
  }

  /** Where such a request would go now, and why. */
  explain (req: IncomingMessage, path: string): Explanation {
    const { service, keyOf } = this.#context
    return service.explain({ key: keyOf?.(req, path) ?? '', sticky: stickyBackendOf(service, req) })
  }

  /** The backend has left: nobody will ask it again. */
  forget (backend: Backend): void {
    this.#pools.get(backend)?.retire()
    this.#pools.delete(backend)
  }

  /** Whether the gateway is about to end. */
  get isEnding (): boolean {
    return this.#context.isEnding
  }

  get openExchanges (): number {
    return this.#context.openExchanges
  }

  /** Requests that wait for a backend. */
  get queued (): number {
    return this.#context.service.queue.length
  }

  /** Open connections to this backend. */
  connectionsTo (backend: Backend): number {
    return this.#pools.get(backend)?.openCount ?? 0
  }

  /** From now on each response closes its connection to the client. */
  endConnections (): void {
    this.#context.isEnding = true
  }

  /** Ends all connections to backends at once. */
  close (): void {
    for (const pool of this.#pools.values()) pool.close()
  }

  #refusal (req: IncomingMessage, bodyKind: BodyKind | undefined): FastifyError | undefined {
    const { maxBodyBytes, head, openHeadBytes } = this.#context
    if (bodyKind === undefined || req.httpVersionMajor !== 1 || isMalformed(req)) return new BadRequestError()
    if (isTooMuch(openHeadBytes, req)) return new OverloadedError()
    if (isLoop(req, head.pseudonym)) return new LoopError()
    if (maxBodyBytes > 0 && Number(req.headers['content-length'] ?? 0) > maxBodyBytes) return new BodyTooLargeError()
    return undefined
  }

  #openPool (backend: Backend): ConnectionPool {
    const pool = new ConnectionPool(backend.url, { ...this.#context, guard: this.#context.guardFor(backend) })
    this.#pools.set(backend, pool)
    return pool
  }
}

/** How the body is framed; undefined when that cannot be told for certain (RFC 9112 section 6.1). */
function bodyKindOf (req: IncomingMessage): BodyKind | undefined {
  const { 'transfer-encoding': transferEncoding, 'content-length': contentLength } = req.headers
  if (transferEncoding === undefined) {
    if (contentLength === undefined && req.headers['content-type'] !== undefined && !isOnSocket(req)) return 'chunked' // a stream, by `inject`
    if (contentLength === undefined || contentLength === '0') return 'none'
    // What is beyond is another number to each that reads it.
    return Number(contentLength) <= Number.MAX_SAFE_INTEGER ? 'length' : undefined
  }
  const isPlain = transferEncoding.toLowerCase() === 'chunked' && contentLength === undefined && req.httpVersionMinor === 1
  return isPlain ? 'chunked' : undefined
}

function unavailable (service: Service): FastifyError {
  if (service.rotation.length > 0) return new OverloadedError()
  return new NoBackendError(service.backends().length === 0 ? 'none is registered' : 'none is healthy')
}
