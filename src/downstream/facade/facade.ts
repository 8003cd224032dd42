import { AsyncResource } from 'node:async_hooks'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { nextTick } from 'node:process'
import type { Fields } from '../../http/fields.ts'
import type { MessageError } from '../../http1/message-error.ts'
import type { ClientExchange, ClientExchangeListener, ClientExchangeWatcher } from '../client-exchange.ts'
import { changedHead } from './changed-head.ts'
import type { OwnerExchange } from '../owner-exchange.ts'
import { FacadeRequest, type RequestSide } from './request.ts'
import type { ResponseSide } from './response-side.ts'
import { FacadeResponse } from './response.ts'
import { SharedExchange } from './shared-exchange.ts'

/** The server that owners see, and what of theirs throws. */
export interface FacadeHost {
  emit (event: string, ...args: unknown[]): boolean
  listenerCount (event: string): number
  onThrown (error: unknown): void
}

/**
 * Shows an exchange to Fastify, its plugins and owners as `req` and `res` of node:http, until the gateway takes it over. What
 * owners do in one request, and what is called for it, has an async context of its own, as with node:http.
 */
export class Facade implements RequestSide, ResponseSide, ClientExchangeListener, ClientExchangeWatcher {
  readonly exchange: OwnerExchange
  readonly request: FacadeRequest
  readonly response: FacadeResponse
  isHandedOver = false
  readonly #host: FacadeHost
  /** The async context of the request, of those who read its body, and of those who have answered it. */
  readonly #scope = new AsyncResource('EVENKEEL_REQUEST')
  #bodyScope: AsyncResource | undefined
  #endScope: AsyncResource | undefined
  /** What the gateway has got in place of the exchange, where the owner reads the body. */
  #shared: SharedExchange | undefined
  /** One that a plugin has made itself for the upgrade of its route, which turned out to be none. */
  #otherResponse: ServerResponse | undefined
  #isFinishing = false
  #onTimeout: (() => void) | undefined

  constructor (exchange: OwnerExchange, host: FacadeHost) {
    this.exchange = exchange
    this.#host = host
    exchange.listener = this
    exchange.watcher = this
    this.request = new FacadeRequest(this)
    this.response = new FacadeResponse(this, this.request)
  }

  /** The same object, with what of node:http's is used of it. */
  get req (): IncomingMessage {
    return this.request as unknown as IncomingMessage
  }

  get res (): ServerResponse {
    return this.response as unknown as ServerResponse
  }

  /** The owner reads the body, or has read it. */
  get isBodyTaken (): boolean {
    return this.#bodyScope !== undefined
  }

  /** Calls `route` in the context of the request. */
  show (route: RequestListener): void {
    this.#scope.runInAsyncScope(route, undefined, this.req as never, this.res as never)
  }

  /**
   * The gateway answers from now on, in place of `res`, whose listeners are told of the end: it gets the exchange, with the head as
   * hooks have left it. Throws a TypeError on what cannot be sent; nothing has changed then.
   */
  handOver (res: ServerResponse): ClientExchange {
    const { exchange, request } = this
    const head = changedHead(exchange.head, request.method, request.url, request.changedRaw())
    this.response.beginIfSettled()
    this.isHandedOver = true
    if (res !== this.res) this.#otherResponse = res
    this.#endScope = new AsyncResource('EVENKEEL_RESPONSE')
    const { isBodyTaken } = this
    if (head === exchange.head && !isBodyTaken) return exchange
    const shared = new SharedExchange(exchange, head, isBodyTaken)
    if (isBodyTaken) this.#shared = shared
    return shared
  }

  /** The async context in which the gateway was asked to answer, for what is called of owners until the end. */
  get responseScope (): AsyncResource {
    return this.#endScope ?? this.#scope
  }

  readBody (): void {
    this.#bodyScope ??= new AsyncResource('EVENKEEL_REQUEST_BODY')
    if (!this.exchange.isEnded) this.exchange.readBody()
  }

  holdBody (): void {
    this.exchange.holdBody()
  }

  finish (trailers: string): void {
    const { exchange, request } = this
    this.#endScope = new AsyncResource('EVENKEEL_RESPONSE')
    this.#isFinishing = true
    if (!request.complete && this.#bodyScope === undefined) exchange.discardBody()
    exchange.end(trailers)
    this.#isFinishing = false
  }

  cut (): void {
    if (!this.exchange.isEnded) this.exchange.reset('cut')
  }

  setTimeout (timeoutMs: number): void {
    const { socket } = this.exchange
    socket.setTimeout(timeoutMs)
    if (this.#onTimeout === undefined) socket.on('timeout', this.#onTimeout = () => { this.#tellOfTimeout() })
  }

  onBody (bytes: Buffer): void {
    (this.#bodyScope as AsyncResource).runInAsyncScope(this.request.deliver, this.request, bytes)
  }

  onBodyEnd (trailers: Fields): void {
    (this.#bodyScope ?? this.#scope).runInAsyncScope(this.request.deliverEnd, this.request, trailers)
  }

  onBodyError (error: MessageError): void {
    this.exchange.isLast = true
    const failure = Object.assign(new Error('the body of the request is malformed', { cause: error }), { statusCode: 400 })
    const scope = this.#bodyScope ?? this.#scope
    scope.runInAsyncScope(this.request.fail, this.request, failure)
  }

  onDrain (): void {
    if (this.#shared !== undefined) this.#shared.listener.onDrain()
    else this.response.drained()
  }

  onEnd (): void {
    this.#shared?.listener.onEnd()
  }

  onThrown (error: unknown): void {
    if (this.#shared !== undefined) return this.#shared.listener.onThrown(error)
    this.#host.onThrown(error)
    this.cut()
  }

  onExchangeEnd (isWhole: boolean): void {
    if (this.#onTimeout !== undefined) {
      this.exchange.socket.off('timeout', this.#onTimeout)
      this.exchange.socket.setTimeout(0)
    }
    // Those who answer may listen for the end as soon as they have called it.
    if (this.#isFinishing) nextTick(settle, this, isWhole)
    else settle(this, isWhole)
  }

  /** Tells owners that it is over. */
  settle (isWhole: boolean): void {
    const scope = this.#endScope ?? this.#scope
    try {
      scope.runInAsyncScope(this.response.settle, this.response, isWhole)
      scope.runInAsyncScope(this.request.settle, this.request, isWhole)
      if (this.#otherResponse !== undefined) scope.runInAsyncScope(this.#settleOther, this, this.#otherResponse, isWhole)
    } catch (error) {
      this.#host.onThrown(error)
    }
  }

  #settleOther (res: ServerResponse, isWhole: boolean): void {
    res.statusCode = this.exchange.statusCode ?? res.statusCode
    if (isWhole) res.emit('finish')
    res.emit('close')
  }

  #tellOfTimeout (): void {
    const { request, response, exchange } = this
    const isHeard = [request, response, this.#host].map((each) => each.emit('timeout', exchange.socket))
    if (!isHeard.includes(true) && !exchange.isEnded) exchange.reset('timeout')
  }
}

function settle (facade: Facade, isWhole: boolean): void {
  facade.settle(isWhole)
}

/** What a request of Fastify's shows; undefined for those of `app.inject` and of other servers. */
export function facadeOf (raw: IncomingMessage): Facade | undefined {
  return FacadeRequest.sideOf(raw) as Facade | undefined
}
