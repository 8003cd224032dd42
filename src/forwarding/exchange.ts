import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { FastifyError } from '@fastify/error'
import type { Backend } from '../backends/backend.ts'
import type { Attempt, Outcome } from '../services/attempt.ts'
import type { QueuedRequest } from '../services/queue.ts'
import { contain } from '../base/contain.ts'
import { BackendFailedError, BodyTooLargeError, InternalError } from '../errors.ts'
import type { ConnectionUser, UpstreamConnection } from '../upstream/connection.ts'
import { isGatewaysOwn, type Failure } from '../upstream/failure.ts'
import type { ResponseHead } from '../http1/response-head.ts'
import { onClientEnd, type ClientEndListener } from '../downstream/client-end.ts'
import { ClientResponse } from './client-response.ts'
import { cutResponse, errorAnswer, sendError, sendErrorAnswer } from './error-response.ts'
import { stickyBackendOf } from '../routing/sticky-backend.ts'
import type { ForwarderContext } from './forwarder.ts'
import type { HeadHooks } from './head-hooks.ts'
import { headBytesOf } from './head-memory.ts'
import { HeldResponse } from './held-response.ts'
import { bodyErrorFor, errorFor, outcomeOf } from './outcome.ts'
import { assertNotBegun, isOnSocket } from '../downstream/own-head.ts'
import { RequestBody, type BodyObserver } from './request-body.ts'
import { requestHead } from './headers-to-backend.ts'
import { repeatDelayMs, verdictOn } from './retry.ts'
import { isSecure } from '../downstream/trust.ts'
import type { Tunnel } from './tunnel.ts'

/** One try to have a request answered by one backend. */
export interface AttemptRecord {
  readonly backend: Backend
  /** Why it failed; undefined for one that brought a response. */
  readonly reason: Failure | undefined
  readonly durationMs: number
}

/** The body, if any, in the framing that it came in. */
export type BodyKind = 'none' | 'length' | 'chunked'

export interface ExchangeOptions {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** The target as the backend gets it. */
  readonly path: string
  /** The one name that it has: in the log, at backends, and in the answer. */
  readonly requestId: string
  readonly bodyKind: BodyKind
  readonly tunnel: Tunnel | undefined
  /** The owner's hooks have set headers on the response. */
  readonly hasHeadersOfHooks: boolean
  /** What a hook wants sent in place of the client's body. */
  readonly body: Readable | undefined
  readonly headHooks: HeadHooks | undefined
}

/**
 * One request on its way: it takes a lease, sends the request, streams the response, and repeats what may be repeated. It
 * is the user of one connection at a time. Its end is the `close` of the client's response, which comes on every path.
 */
export class Exchange implements ConnectionUser, BodyObserver, QueuedRequest, ClientEndListener {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly path: string
  readonly requestId: string
  /** Monotonic, in ms. */
  readonly startedAt: number
  /** When the head of the answer came from a backend; 0 when none has. */
  headAt = 0
  endedAt = 0
  readonly attempts: AttemptRecord[] = []
  outcome: Outcome | undefined

  readonly #context: ForwarderContext
  readonly #body: RequestBody | undefined
  readonly #tunnel: Tunnel | undefined
  readonly #isChunked: boolean
  readonly #response: ClientResponse
  /** Backends that have failed it. */
  readonly tried: Backend[] = []
  /** What a balancer may go by, and the backend that a cookie names. */
  readonly key: string
  readonly sticky: Backend | undefined
  /** Why it goes where it goes, for an operator who asked with the request. */
  readonly #explanation: string | undefined
  readonly #headBytes: number
  #attempt: Attempt | undefined
  #leaveQueue: (() => void) | undefined
  #connection: UpstreamConnection | undefined
  #isSent = false
  #repeats = 0
  #hadFreeRepeat = false
  #cancelRepeat: (() => void) | undefined
  #awaitsDrain = false
  #hasThrown = false
  /** Until they are run. */
  #headHooks: HeadHooks | undefined
  /** The response that waits for them. */
  #held: HeldResponse | undefined

  constructor (context: ForwarderContext, options: ExchangeOptions) {
    const { req, res, path, requestId, bodyKind, body, tunnel, hasHeadersOfHooks, headHooks } = options
    this.#context = context
    this.req = req
    this.res = res
    this.path = path
    this.requestId = requestId
    this.#tunnel = tunnel
    this.#headHooks = headHooks
    this.#isChunked = bodyKind === 'chunked'
    this.#response = new ClientResponse({ req, res, requestId, hasHeadersOfHooks, keepAliveLines: context.keepAliveLines })
    this.startedAt = context.clock.now()
    this.key = context.keyOf?.(req, path) ?? ''
    this.sticky = stickyBackendOf(context.service, req)
    this.#explanation = context.explain?.(req, this.key, this.sticky)
    if (bodyKind !== 'none') {
      const { clock, replayBytes, maxBodyBytes } = context
      this.#body = new RequestBody(req, this, { clock, replacement: body, isChunked: this.#isChunked, replayBytes, maxBytes: maxBodyBytes })
    }
    if (tunnel !== undefined) tunnel.user = this
    this.#headBytes = headBytesOf(req)
    context.openExchanges++
    context.openHeadBytes += this.#headBytes
    onClientEnd(res, this)
  }

  /** What the client was answered; undefined when it left before that. */
  get statusCode (): number | undefined {
    if (this.#tunnel?.isOpen === true) return 101
    return this.res.headersSent ? this.res.statusCode : undefined
  }

  start (): void {
    this.#context.service.budget.onRequest(this.startedAt)
    this.#tryNext()
  }

  acquire (): Attempt | undefined {
    try {
      return this.#context.service.acquire(this, this.tried)
    } catch (error) {
      // A strategy of the owner's, for one. Who is asking may be another request that has made room.
      this.onThrown(error)
      return undefined
    }
  }

  onAttempt (attempt: Attempt): void {
    this.#leaveQueue = undefined
    this.#attempt = attempt
    try {
      this.#sendTo(attempt.backend)
    } catch (error) {
      // Whoever has made room for this request must not pay for it.
      this.onThrown(error)
    }
  }

  onGivenUp (): void {
    this.#leaveQueue = undefined
    this.answer(this.tried.length > 0 ? new BackendFailedError() : this.#context.unavailable())
  }

  /**
   * What is done for this request has failed in the gateway itself: it ends here, whatever it was about to do. The backend is not
   * blamed, nothing is sent again, and nothing is thrown on.
   */
  onThrown (error: unknown): void {
    if (this.#hasThrown) return
    this.#hasThrown = true
    try {
      this.#context.onThrown(error, this)
      this.#cancelRepeat?.()
      this.#leaveQueue?.()
      this.#drop()
      this.#abandon('client-abort', undefined)
      if (this.res.headersSent || this.#tunnel?.isOpen === true) cutResponse(this.res)
      else this.answer(new InternalError())
    } catch {
      this.req.socket.destroy()
    }
  }

  /** Ends the exchange with an answer of the gateway's own. */
  answer (error: FastifyError): void {
    this.#body?.discard()
    if (this.#response.awaitsContinue || this.#context.isEnding) this.res.shouldKeepAlive = false
    const { keepAliveLines } = this.#context
    const hooks = this.#takeHooks()
    if (hooks === undefined) return sendError(this.res, error, keepAliveLines, this.requestId)
    const { head, json } = errorAnswer(error)
    this.#held = new HeldResponse()
    this.#held.run(hooks, head, (_held, settled) => {
      this.#held = undefined
      this.#response.headIsSettled(settled)
      sendErrorAnswer(this.res, settled, json, { keepAliveLines, requestIdLine: this.#response.requestIdLine(), hookLines: '' })
    }, (thrown) => { this.onThrown(thrown) })
  }

  onConnected (): void {
    const connection = this.#connection as UpstreamConnection
    const { head, responseTimeoutMs, bodyIdleMs } = this.#context
    this.#isSent = true
    const framing = { isChunked: this.#isChunked, isUpgrade: this.#tunnel !== undefined }
    connection.write(requestHead(this, framing, this.#attempt?.backend.url.host ?? '', head))
    if (this.#body === undefined) {
      connection.isRequestSent = true
      this.#attempt?.sent()
      connection.limit(responseTimeoutMs, 'response-timeout')
    } else {
      connection.limit(bodyIdleMs, 'client-timeout')
      this.#body.sendTo(connection)
    }
  }

  onBodyPiece (isHeld: boolean): void {
    if (this.#response.awaitsContinue) this.#response.awaitNoMore()
    this.#connection?.limit(this.#context.bodyIdleMs, isHeld ? 'body-timeout' : 'client-timeout')
  }

  onBodySent (): void {
    const connection = this.#connection as UpstreamConnection
    connection.isRequestSent = true
    this.#attempt?.sent()
    if (this.res.headersSent) connection.limit(this.#context.bodyIdleMs, 'body-timeout')
    else connection.limit(this.#context.responseTimeoutMs, 'response-timeout')
  }

  onBodyTooLarge (): void {
    this.#drop()
    this.#abandon('client-abort', undefined)
    this.answer(new BodyTooLargeError())
  }

  onBodyError (error: unknown): void {
    this.#drop()
    this.#abandon('client-abort', undefined)
    if (this.res.headersSent) cutResponse(this.res)
    else this.answer(bodyErrorFor(error))
  }

  onInformational (head: ResponseHead): void {
    this.#response.informational(head)
  }

  onHead (head: ResponseHead): void {
    this.#body?.forget()
    this.headAt = this.#context.clock.now()
    this.#attempt?.answered(head.statusCode, this.headAt)
    if (this.#context.service.sticky !== undefined) this.#stick(head)
    if (this.#explanation !== undefined) head.rawHeaders.push('Evenkeel-Explain', this.#explanation)
    if (this.#context.isEnding) this.res.shouldKeepAlive = false
    const hooks = this.#takeHooks()
    if (hooks !== undefined) this.#hold(head, hooks)
    else if (head.statusCode === 101) this.#openTunnel(head)
    else this.#response.begin(head)
  }

  onBody (bytes: Buffer): void {
    if (this.#held !== undefined) this.#held.pieces.push(bytes)
    else this.#response.write(bytes)
  }

  onFlush (): void {
    // A part of a head is no progress: the time for the whole of it goes on.
    if (!this.#response.hasBegun) return
    this.#connection?.limit(this.#context.bodyIdleMs, 'body-timeout')
    if (!this.#response.flush()) this.#awaitDrain()
  }

  onComplete (rawTrailers: string[] | null): void {
    if (this.#tunnel?.isOpen === true || this.#held?.isOfTunnel === true) return
    this.#finishAttempt('success', undefined)
    if (this.#body?.isComplete === false) this.#body.discard()
    if (this.#held === undefined) this.#endResponse(rawTrailers)
    else this.#held.end = { rawTrailers }
  }

  #endResponse (rawTrailers: string[] | null): void {
    const { res } = this
    const { bodyIdleMs } = this.#context
    this.#response.end(rawTrailers)
    if (res.writableLength === 0 || !isOnSocket(res)) return
    // What is left waits for the client alone, without a backend whose connection has a limit.
    res.setTimeout(bodyIdleMs, () => { cutResponse(res) })
    res.prependOnceListener('finish', () => { res.setTimeout(0) })
  }

  onDrain (): void {
    if (this.#tunnel?.isOpen === true) this.#tunnel.onDrain()
    else this.#body?.onDrain()
  }

  onTunnelBytes (bytes: Buffer): void {
    if (this.#held === undefined) this.#tunnel?.toClient(bytes)
    else this.#held.pieces.push(bytes)
  }

  onTunnelEnd (): void {
    if (this.#held === undefined) this.#tunnel?.endClient()
    else this.#held.isTunnelEnded = true
  }

  onFailed (failure: Failure): void {
    const { req, res } = this
    const { service: { limits: { retries } }, clock, random } = this.#context
    const isReused = (this.#connection?.uses ?? 0) > 0
    const isReplayable = this.#body === undefined || this.#body.isReplayable
    const hasResponse = this.#connection?.hasResponseStarted === true
    this.#drop()
    const isStale = isReused && !hasResponse && (failure === 'reset' || failure === 'closed')
    this.#abandon(outcomeOf(failure), failure, isStale)
    if (res.headersSent || this.#tunnel?.isOpen === true) {
      cutResponse(res)
      return
    }
    if (hasResponse) return this.answer(errorFor(failure))
    this.#body?.hold()
    const verdict = verdictOn({ method: req.method as string, failure, isSent: this.#isSent, isReused, isReplayable }, this.#hadFreeRepeat)
    if (verdict === 'give-up') return this.answer(errorFor(failure))
    if (verdict === 'repeat-for-free') this.#hadFreeRepeat = true
    else if (this.#repeats++ >= retries || !this.#isWithinBudget()) return this.answer(errorFor(failure))
    const delayMs = repeatDelayMs(this.#repeats, random)
    if (delayMs === 0) this.#tryNext()
    else this.#cancelRepeat = clock.after(delayMs, () => { this.#tryNext() })
  }

  /** The client has its answer, or has left. */
  onClientEnd (): void {
    this.#context.openExchanges--
    this.#context.openHeadBytes -= this.#headBytes
    try {
      this.endedAt = this.#context.clock.now()
      this.#cancelRepeat?.()
      this.#leaveQueue?.()
      this.#drop()
      this.#abandon(this.#tunnel?.isOpen === true ? 'success' : 'client-abort', undefined)
      if (this.#hasThrown) this.outcome = undefined // neither the client's nor a backend's
      // Also one that waited for a backend, or for its retry.
      else if (this.statusCode === undefined) this.outcome = 'client-abort'
      else this.outcome ??= this.attempts.length > 0 ? 'backend-failure' : undefined
      this.#context.onExchangeEnd(this)
    } catch (error) {
      this.onThrown(error)
    }
  }

  /** The client is slower than the backend, which waits for it. */
  #awaitDrain (): void {
    const connection = this.#connection
    const { bodyIdleMs } = this.#context
    connection?.pause()
    connection?.limit(bodyIdleMs, 'client-timeout')
    // What was read in one piece may hold thousands of chunks.
    if (this.#awaitsDrain) return
    this.#awaitsDrain = true
    this.res.once('drain', contain(this, () => {
      this.#awaitsDrain = false
      if (this.#connection !== connection) return // it serves somebody else by now
      connection?.limit(bodyIdleMs, 'body-timeout')
      connection?.resume()
    }))
  }

  #openTunnel (head: ResponseHead): void {
    assertNotBegun(this.res)
    this.#tunnel?.open(this.#response.switchingHead(head), this.#connection as UpstreamConnection)
  }

  /** Hooks run once for a request, and not on the answer to their own failure. */
  #takeHooks (): HeadHooks | undefined {
    const hooks = this.res.headersSent || this.#hasThrown ? undefined : this.#headHooks
    this.#headHooks = undefined
    return hooks
  }

  /** Holds the response until the owner's hooks are through with its head. */
  #hold (head: ResponseHead, hooks: HeadHooks): void {
    const connection = this.#connection as UpstreamConnection
    this.#held = new HeldResponse(head.statusCode === 101)
    this.#held.run(hooks, head, (held, settled) => { this.#release(held, { ...head, ...settled }) }, (thrown) => { this.onThrown(thrown) })
    if (this.#held === undefined || this.#connection !== connection) return
    connection.pause()
    // The backend is not to blame for a hook that takes long.
    connection.limit(this.#context.bodyIdleMs, 'client-timeout')
  }

  #release (held: HeldResponse, head: ResponseHead): void {
    const connection = this.#connection
    this.#held = undefined
    if (this.#context.isEnding) this.res.shouldKeepAlive = false
    this.#response.headIsSettled(head)
    if (held.isOfTunnel) this.#openTunnel(head)
    else this.#response.begin(head)
    for (const bytes of held.pieces) if (held.isOfTunnel) this.onTunnelBytes(bytes); else this.onBody(bytes)
    if (held.isTunnelEnded) this.onTunnelEnd()
    if (held.end !== undefined) return this.#endResponse(held.end.rawTrailers)
    if (!held.isOfTunnel) this.onFlush()
    if (!this.#awaitsDrain && this.#connection === connection) connection?.resume()
  }

  /** What has not been sent never will be. */
  #drop (): void {
    this.#held?.drop()
    this.#held = undefined
    this.#response.drop()
  }

  /** Sends the request to a backend, or waits until one has room. */
  #tryNext (): void {
    try {
      const { queue } = this.#context.service
      const attempt = queue.acquire(this)
      if (attempt !== undefined) return this.onAttempt(attempt)
      if (this.#hasThrown) return
      this.#leaveQueue = queue.join(this)
      if (this.#leaveQueue === undefined) this.onGivenUp()
    } catch (error) {
      this.onThrown(error)
    }
  }

  #sendTo (backend: Backend): void {
    this.#isSent = false
    const pool = this.#context.poolOf(backend)
    const isFirst = this.attempts.length === 0 && this.#tunnel === undefined
    const connection = isFirst ? pool.take() : pool.takeFresh()
    this.#connection = connection
    connection.begin(this, this.req.method as string, this.#tunnel !== undefined)
  }

  /** A request that no backend has got is not multiplied by its repeat, and costs nothing of the budget. */
  #isWithinBudget (): boolean {
    const { service: { budget }, clock } = this.#context
    return !this.#isSent || budget.spend(clock.now())
  }

  /** Has the client come back to the backend that answers it now. */
  #stick ({ rawHeaders }: ResponseHead): void {
    const { service: { sticky }, head: { trust } } = this.#context
    const backend = this.#attempt?.backend
    if (sticky === undefined || backend === undefined || backend === this.sticky) return
    rawHeaders.push('Set-Cookie', sticky.cookieFor(backend, isSecure(this.req, trust)))
  }

  /** Gives up the connection, if there is one, and settles the attempt. */
  #abandon (outcome: Outcome, reason: Failure | undefined, isStale = false): void {
    this.#connection?.destroy()
    this.#finishAttempt(outcome, reason, isStale)
  }

  /** `isStale`: the failure of a kept connection that its backend had just closed; it does not speak against the backend. */
  #finishAttempt (outcome: Outcome, reason: Failure | undefined, isStale = false): void {
    const attempt = this.#attempt
    if (attempt === undefined) return
    const durationMs = this.#context.clock.now() - attempt.startedAt
    this.#attempt = undefined
    this.#connection = undefined
    this.outcome = outcome
    this.attempts.push({ backend: attempt.backend, reason, durationMs })
    // Where it is the only one in rotation, a new connection to it comes before a backup.
    const isRuledOut = reason !== undefined && !(isStale && this.#context.service.rotation.length === 1)
    if (isRuledOut) this.tried.push(attempt.backend)
    attempt.settle(outcome, isStale || reason === undefined || isGatewaysOwn(reason) ? undefined : reason)
  }
}
