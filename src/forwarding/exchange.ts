import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyError } from '@fastify/error'
import type { Backend } from '../backends/backend.ts'
import type { Lease, Outcome } from '../backends/lease.ts'
import type { Waiter } from '../backends/waiting-line.ts'
import { BackendFailedError, BackendTimeoutError, BodyTooLargeError, RequestTimeoutError } from '../errors.ts'
import type { ConnectionUser, UpstreamConnection } from '../upstream/connection.ts'
import { readMemory } from '../upstream/dial.ts'
import type { Failure } from '../upstream/failure.ts'
import type { ResponseHead } from '../upstream/response-head.ts'
import { cutResponse, sendError } from './error-response.ts'
import type { ForwarderContext } from './forwarder.ts'
import { RequestBody, type BodyObserver } from './request-body.ts'
import { requestHead, requestTarget, type RequestTarget } from './request-head.ts'
import { informationalHead, passableTrailers, responseHeaders, wholeHead } from './response-head.ts'
import { repeatDelayMs, verdictOn } from './retry.ts'
import { isSecure } from './trust.ts'
import type { Tunnel } from './tunnel.ts'
import { canSendWhole, sendWhole } from './whole-response.ts'

/** One try to have a request answered by one backend. */
export interface Attempt {
  readonly backend: string
  /** Why it failed; undefined for one that brought a response. */
  readonly reason: Failure | undefined
  readonly durationMs: number
}

/** The body, if any, in the framing that it came in. */
export type BodyKind = 'none' | 'length' | 'chunked'

export interface ExchangeOptions {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** The target as it came. */
  readonly url: string
  readonly bodyKind: BodyKind
  readonly tunnel: Tunnel | undefined
  /** The owner's hooks have set headers on the response. */
  readonly hasHeadersOfHooks: boolean
}

const nothing = Buffer.alloc(0)
const kExchange = Symbol('exchange')

interface ExchangeResponse extends ServerResponse {
  [kExchange]?: Exchange | undefined
  /** Node ends the connection behind an answer to `Expect: 100-continue` unless this is set; private to Node. */
  _sent100?: boolean
}

/**
 * One request on its way: it takes a lease, sends the request, streams the response, and repeats what may be repeated. It
 * is the user of one connection at a time. Its end is the `close` of the client's response, which comes on every path.
 */
export class Exchange implements ConnectionUser, BodyObserver, Waiter {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly target: RequestTarget
  /** Monotonic, in ms. */
  readonly startedAt: number
  /** When the head of the answer came from a backend; 0 when none has. */
  headAt = 0
  endedAt = 0
  readonly attempts: Attempt[] = []
  outcome: Outcome | undefined

  readonly #context: ForwarderContext
  readonly #body: RequestBody | undefined
  readonly #tunnel: Tunnel | undefined
  readonly #isChunked: boolean
  readonly #hasHeadersOfHooks: boolean
  #tried: Backend[] = []
  /** What a balancer may go by, and the backend that a cookie names. */
  readonly #key: string
  readonly #kept: Backend | undefined
  #lease: Lease | undefined
  #leaveLine: (() => void) | undefined
  #connection: UpstreamConnection | undefined
  #isSent = false
  #repeats = 0
  #hadFreeRepeat = false
  #cancelRepeat: (() => void) | undefined
  #canHaveTrailers = false
  /** The head of the response until it is written, and the last piece of the body that came. */
  #head: ResponseHead | undefined
  #held: Buffer | undefined
  /** Pieces of the body on their way to the client, the oldest first. */
  #leaving: Buffer[] | undefined
  #onWritten: ((error?: Error | null) => void) | undefined
  #awaitsContinue: boolean
  #awaitsDrain = false

  constructor (context: ForwarderContext, { req, res, url, bodyKind, tunnel, hasHeadersOfHooks }: ExchangeOptions) {
    this.#context = context
    this.req = req
    this.res = res
    this.target = requestTarget(url)
    this.#tunnel = tunnel
    this.#awaitsContinue = req.headers.expect !== undefined
    this.#isChunked = bodyKind === 'chunked'
    this.#hasHeadersOfHooks = hasHeadersOfHooks
    this.startedAt = context.clock.now()
    context.openExchanges++
    this.#key = context.keyOf?.(req, this.target.path) ?? ''
    this.#kept = context.sticky?.backendOf(req)
    if (bodyKind !== 'none') {
      const { clock, replayBytes, maxBodyBytes } = context
      this.#body = new RequestBody(req, this, { clock, isChunked: this.#isChunked, replayBytes, maxBytes: maxBodyBytes })
    }
    const exchangeResponse: ExchangeResponse = res
    exchangeResponse[kExchange] = this
    res.on('close', onResponseClose)
    if (res.socket === null) closeWithClient(res, req)
  }

  /** What the client was answered; undefined when it left before that. */
  get statusCode (): number | undefined {
    if (this.#tunnel?.isOpen === true) return 101
    return this.res.headersSent ? this.res.statusCode : undefined
  }

  start (): void {
    this.#context.budget.onRequest(this.startedAt)
    this.#attempt()
  }

  acquire (): Lease | undefined {
    const { registry } = this.#context
    const kept = this.#kept
    const lease = kept === undefined || this.#tried.includes(kept) ? undefined : registry.acquireFrom(kept)
    return lease ?? registry.acquire(this.#tried, this.#key)
  }

  onLease (lease: Lease): void {
    this.#leaveLine = undefined
    this.#lease = lease
    this.#isSent = false
    const pool = this.#context.poolOf(lease.backend)
    const isFirst = this.#tried.length === 0 && this.#tunnel === undefined
    const connection = isFirst ? pool.take() : pool.takeFresh()
    this.#connection = connection
    connection.begin(this, this.req.method as string, this.#tunnel !== undefined)
  }

  onGivenUp (): void {
    this.#leaveLine = undefined
    this.answer(this.#tried.length > 0 ? new BackendFailedError() : this.#context.unavailable())
  }

  /** Ends the exchange with an answer of the gateway's own. */
  answer (error: FastifyError): void {
    this.#body?.discard()
    if (this.#awaitsContinue || this.#context.isEnding) this.res.shouldKeepAlive = false
    sendError(this.res, error)
  }

  onConnected (): void {
    const connection = this.#connection as UpstreamConnection
    const { head, responseTimeoutMs, bodyIdleMs } = this.#context
    this.#isSent = true
    const framing = { isChunked: this.#isChunked, isUpgrade: this.#tunnel !== undefined }
    connection.write(requestHead(this.req, this.target, framing, this.#lease?.backend.url.host ?? '', head))
    if (this.#body === undefined) {
      connection.isRequestSent = true
      connection.limit(responseTimeoutMs, 'response-timeout')
    } else {
      connection.limit(bodyIdleMs, 'client-timeout')
      this.#body.sendTo(connection)
    }
  }

  onBodyPiece (isHeld: boolean): void {
    if (this.#awaitsContinue) this.#awaitNoMore()
    this.#connection?.limit(this.#context.bodyIdleMs, isHeld ? 'body-timeout' : 'client-timeout')
  }

  onBodySent (): void {
    const connection = this.#connection as UpstreamConnection
    connection.isRequestSent = true
    if (this.res.headersSent) connection.limit(this.#context.bodyIdleMs, 'body-timeout')
    else connection.limit(this.#context.responseTimeoutMs, 'response-timeout')
  }

  onBodyTooLarge (): void {
    this.#abandon('client-abort', undefined)
    this.answer(new BodyTooLargeError())
  }

  onInformational (head: ResponseHead): void {
    const { req, res } = this
    if (head.statusCode === 100) {
      if (!this.#awaitsContinue) return
      this.#awaitNoMore()
    }
    if (req.httpVersionMinor === 0 || res.headersSent) return
    res.socket?.write(informationalHead(head), 'latin1')
  }

  onHead (head: ResponseHead): void {
    this.#body?.forget()
    this.headAt = this.#context.clock.now()
    this.#lease?.answered(head.statusCode, this.headAt)
    if (this.#context.sticky !== undefined) this.#keep(head)
    if (this.#context.isEnding) this.res.shouldKeepAlive = false
    if (head.statusCode === 101) this.#openTunnel(head)
    else this.#head = head
  }

  onBody (bytes: Buffer): void {
    if (this.#held !== undefined) this.#pass(this.#held)
    // The last piece goes out together with the end, the first one together with the head.
    this.#held = bytes
  }

  onFlush (): void {
    // A part of a head is no progress: the time for the whole of it goes on.
    if (this.#head === undefined && !this.res.headersSent) return
    this.#connection?.limit(this.#context.bodyIdleMs, 'body-timeout')
    if (this.#held !== undefined) this.#pass(this.#held)
    else if (this.#head !== undefined) {
      // The client has the head as soon as the gateway, even if the body is long in coming. Not by flushHeaders, which
      // sends latin1 as UTF-8.
      this.#writeHead(this.#head)
      this.res.write(nothing)
    }
    this.#held = undefined
  }

  onComplete (rawTrailers: string[] | null): void {
    if (this.#tunnel?.isOpen === true) return
    const { res } = this
    const head = this.#head
    const body = this.#held
    this.#held = undefined
    this.#finishAttempt('success', undefined)
    if (this.#body?.isComplete === false) this.#body.discard()
    if (head !== undefined && this.#isWhole(head, body)) {
      sendWhole(res, head.statusCode, wholeHead(head, this.#context.keepAliveLines), body)
      if (body !== undefined) readMemory.giveBack(body)
      return
    }
    if (head !== undefined) this.#writeHead(head)
    if (rawTrailers !== null && this.#canHaveTrailers) res.addTrailers(pairsOf(passableTrailers(rawTrailers)))
    if (body === undefined) res.end()
    else res.end(body, this.#whenWritten(body))
    if (res.writableNeedDrain) res.setTimeout(this.#context.bodyIdleMs, () => { cutResponse(res) })
  }

  onDrain (): void {
    if (this.#tunnel?.isOpen === true) this.#tunnel.onDrain()
    else this.#body?.onDrain()
  }

  onTunnelBytes (bytes: Buffer): void {
    this.#tunnel?.toClient(bytes)
  }

  onTunnelEnd (): void {
    this.#tunnel?.endClient()
  }

  onFailed (failure: Failure): void {
    const { req, res } = this
    const { retries, clock, random } = this.#context
    const isReused = (this.#connection?.uses ?? 0) > 0
    const isReplayable = this.#body === undefined || this.#body.isReplayable
    const hasResponse = this.#connection?.hasResponseStarted === true
    this.#head = undefined
    this.#held = undefined
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
    if (delayMs === 0) this.#attempt()
    else this.#cancelRepeat = clock.after(delayMs, () => { this.#attempt() })
  }

  /** The client has its answer, or has left. */
  onClientClosed (): void {
    this.endedAt = this.#context.clock.now()
    this.#context.openExchanges--
    this.#cancelRepeat?.()
    this.#leaveLine?.()
    this.#abandon(this.#tunnel?.isOpen === true ? 'success' : 'client-abort', undefined)
    this.outcome ??= this.attempts.length > 0 ? 'backend-failure' : undefined
    this.#context.onExchangeEnd(this)
  }

  /** The client has been told to send its body, or sends it unasked: behind that comes its next request. */
  #awaitNoMore (): void {
    this.#awaitsContinue = false
    const res: ExchangeResponse = this.res
    res._sent100 = true
  }

  /** Whether this is all of the response, in a shape that needs nothing of Node's. */
  #isWhole (head: ResponseHead, body: Buffer | undefined): boolean {
    return (head.framing === 'length' || head.framing === 'none') && !this.#awaitsContinue && canSendWhole(this.res, body, this.#hasHeadersOfHooks)
  }

  #writeHead (head: ResponseHead): void {
    const { res, req } = this
    this.#head = undefined
    // It was not told to go on: what comes next on its connection may be the body or another request.
    if (this.#awaitsContinue) res.shouldKeepAlive = false
    this.#canHaveTrailers = (head.framing === 'chunked' || head.framing === 'close') && req.httpVersionMinor === 1
    const headers = responseHeaders(head, this.#canHaveTrailers)
    if (!this.#hasHeadersOfHooks) {
      res.writeHead(head.statusCode, head.reason, headers)
      return
    }
    addHeaders(res, headers)
    res.writeHead(head.statusCode, head.reason)
  }

  #pass (bytes: Buffer): void {
    const connection = this.#connection
    const { bodyIdleMs } = this.#context
    if (this.#head !== undefined) this.#writeHead(this.#head)
    if (this.res.write(bytes, this.#whenWritten(bytes))) return
    connection?.pause()
    connection?.limit(bodyIdleMs, 'client-timeout')
    // What was read in one piece may hold thousands of chunks.
    if (this.#awaitsDrain) return
    this.#awaitsDrain = true
    this.res.once('drain', () => {
      this.#awaitsDrain = false
      if (this.#connection !== connection) return // it serves somebody else by now
      connection?.limit(bodyIdleMs, 'body-timeout')
      connection?.resume()
    })
  }

  #openTunnel (head: ResponseHead): void {
    this.#tunnel?.open(informationalHead(head), this.#connection as UpstreamConnection)
  }

  /** What to call when `bytes` have left: their memory can be used again, unless the next chunk lies in it too. */
  #whenWritten (bytes: Buffer): (error?: Error | null) => void {
    const leaving = (this.#leaving ??= [])
    leaving.push(bytes)
    return (this.#onWritten ??= (error) => {
      const left = leaving.shift()
      if (left !== undefined && error == null && left.buffer !== leaving[0]?.buffer) readMemory.giveBack(left)
    })
  }

  /** Sends the request to a backend, or waits until one has room; those that wait already come first. */
  #attempt (): void {
    const { line } = this.#context
    const lease = line.length === 0 ? this.acquire() : undefined
    if (lease !== undefined) return this.onLease(lease)
    this.#leaveLine = line.join(this)
    if (this.#leaveLine === undefined) this.onGivenUp()
  }

  /** A request that no backend has got is not multiplied by its repeat, and costs nothing of the budget. */
  #isWithinBudget (): boolean {
    const { budget, clock } = this.#context
    return !this.#isSent || budget.spend(clock.now())
  }

  /** Has the client come back to the backend that answers it now. */
  #keep ({ rawHeaders }: ResponseHead): void {
    const { sticky, head: { trust } } = this.#context
    const backend = this.#lease?.backend
    if (sticky === undefined || backend === undefined || backend === this.#kept) return
    rawHeaders.push('Set-Cookie', sticky.cookieFor(backend, isSecure(this.req, trust)))
  }

  /** Gives up the connection, if there is one, and settles the attempt. */
  #abandon (outcome: Outcome, reason: Failure | undefined, isStale = false): void {
    this.#connection?.destroy()
    this.#finishAttempt(outcome, reason, isStale)
  }

  /** `isStale`: the failure of a kept connection that its backend had just closed; it does not speak against the backend. */
  #finishAttempt (outcome: Outcome, reason: Failure | undefined, isStale = false): void {
    const lease = this.#lease
    if (lease === undefined) return
    this.#lease = undefined
    this.#connection = undefined
    this.outcome = outcome
    this.attempts.push({ backend: lease.backend.name, reason, durationMs: this.#context.clock.now() - lease.startedAt })
    if (reason !== undefined) this.#tried.push(lease.backend)
    lease.settle(outcome, isStale ? undefined : reason)
  }
}

/**
 * Where hooks have set headers, Node's `writeHead` keeps but the last of those that the backend repeats. The backend's win
 * over those of hooks, as in @fastify/reply-from, but for `Set-Cookie`, of which there may be many.
 */
function addHeaders (res: ServerResponse, headers: readonly string[]): void {
  for (const [name] of pairsOf(headers)) if (name.toLowerCase() !== 'set-cookie') res.removeHeader(name)
  for (const [name, value] of pairsOf(headers)) res.appendHeader(name, value)
}

function pairsOf (flat: readonly string[]): Array<[string, string]> {
  const pairs: Array<[string, string]> = []
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i] as string, flat[i + 1] as string])
  return pairs
}

/** Node tells a response that its client has left only when its turn in the pipeline has come: until then, this does. */
function closeWithClient (res: ServerResponse, { socket }: IncomingMessage): void {
  const onClose = (): void => { res.emit('close') }
  // One listener for each request of the pipeline is no leak.
  socket.setMaxListeners(0)
  socket.once('close', onClose)
  res.once('socket', () => { socket.off('close', onClose) })
}

/** Some versions of Node tell a response in a pipeline twice. */
function onResponseClose (this: ExchangeResponse): void {
  const exchange = this[kExchange]
  this[kExchange] = undefined
  exchange?.onClientClosed()
}

/** An idle tunnel has served its purpose. */
function outcomeOf (failure: Failure): Outcome {
  if (failure === 'tunnel-timeout') return 'success'
  return failure === 'client-timeout' ? 'client-abort' : 'backend-failure'
}

function errorFor (failure: Failure): FastifyError {
  if (failure === 'response-timeout') return new BackendTimeoutError()
  if (failure === 'client-timeout') return new RequestTimeoutError()
  return new BackendFailedError()
}
