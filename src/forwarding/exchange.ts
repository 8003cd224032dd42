import type { FastifyError } from '@fastify/error'
import type { ClientExchange, ClientExchangeListener, ClientTunnel, ResetReason } from '../downstream/client-exchange.ts'
import { BackendFailedError, DeadlineError, InternalError } from '../errors.ts'
import type { Fields } from '../http/fields.ts'
import type { ResponseHead } from '../http/heads.ts'
import type { Attempt, Outcome } from '../services/attempt.ts'
import type { BackendStream, BackendStreamUser } from '../upstream/backend-stream.ts'
import type { Failure } from '../upstream/failure.ts'
import { Attempts, type AttemptsUser } from './attempts.ts'
import { ClientResponse, type ResponseUser } from './client-response.ts'
import type { ExchangeOptions } from './exchange-options.ts'
import { errorAnswer, redirectAnswer } from './own-answer.ts'
import { bodyErrorFor, deadlinePassed, errorFor } from './outcome.ts'
import { headersToBackend } from './headers-to-backend.ts'
import type { ProcessContext } from './process-context.ts'
import { RequestBody, type BodyUser } from './request-body.ts'
import { RequestFacts } from './request-facts.ts'
import type { ForwardingLimits, ForwardingRoute } from './route.ts'
import { Tunnel } from './tunnel.ts'

/**
 * One request on its way: it goes to a backend, or to another where the first one fails, and the response goes back as it
 * comes. It joins a client's side to a backend's, and listens to both.
 */
export class Exchange implements ClientExchangeListener, BackendStreamUser, AttemptsUser, BodyUser, ResponseUser {
  readonly #process: ProcessContext
  readonly #limits: ForwardingLimits
  readonly #client: ClientExchange
  readonly #facts: RequestFacts
  readonly #attempts: Attempts
  readonly #response: ClientResponse
  readonly #body: RequestBody | undefined
  #stream: BackendStream | undefined
  #tunnel: Tunnel | undefined
  #headAt = 0
  #isSent = false
  #awaitsDrain = false
  #hasThrown = false

  constructor (process: ProcessContext, route: ForwardingRoute, client: ClientExchange, options: ExchangeOptions) {
    this.#process = process
    this.#client = client
    this.#facts = new RequestFacts(process, route, client, options.head, options.requestId)
    this.#limits = this.#facts.limits
    this.#attempts = new Attempts(process, this, this.#facts, route.limits.retries)
    this.#response = new ClientResponse(client, this, options, process.clock, route.limits.bodyIdleMs)
    if (client.body !== 'none') this.#body = new RequestBody(client, options.body, this, this.#limits)
    process.open.add(options.head)
    client.listener = this
  }

  start (): void {
    this.#facts.isRouted = true
    this.#facts.isForwarded = true
    this.#facts.service.service.budget.onRequest(this.#facts.startedAt)
    this.#facts.call?.start(this.#process.clock, this.#facts.startedAt, () => { this.#onDeadline() })
    this.#attempts.next()
  }

  /** Answers with another url, without asking a backend. */
  redirect (location: string, statusCode: number): void {
    this.#facts.isRouted = true
    this.#body?.discard()
    this.#response.answer(redirectAnswer(location, statusCode), false)
  }

  /** Ends the exchange with an answer of the gateway's own. */
  answer (error: FastifyError): void {
    // It is not waited for any longer.
    if (error.statusCode === 408) this.#client.isLast = true
    this.#body?.discard()
    this.#response.answer(errorAnswer(error, this.#facts.call), this.#hasThrown)
  }

  onAttempt ({ backend }: Attempt): void {
    this.#isSent = false
    const isUpgrade = this.#client.upgrade !== undefined
    const connection = this.#process.pools.take(backend, this.#attempts.records.length > 0, isUpgrade, this.#client.connection)
    this.#stream = connection
    connection.begin(this, this.#facts.head.method, isUpgrade)
  }

  onNoBackend (): void {
    this.answer(this.#attempts.tried.length > 0 ? new BackendFailedError() : this.#facts.service.unavailable())
  }

  onConnected (): void {
    const stream = this.#stream as BackendStream
    const { upgrade, connection: { peer } } = this.#client
    const framing = this.#body?.framing ?? 'none'
    const { backend } = this.#attempts.current as Attempt
    const hop = { requestId: this.#facts.requestId, isChunked: framing === 'chunked', upgrade, backend, edits: this.#facts.editsNow() }
    this.#isSent = true
    stream.send(headersToBackend(this.#facts.head, peer, hop, this.#process), framing)
    if (this.#body !== undefined) return this.#body.sendTo(stream)
    stream.end('')
    this.onBodySent()
  }

  onBody (bytes: Buffer): void {
    this.#body?.onClientPiece(bytes)
  }

  onBodyEnd (trailers: Fields): void {
    this.#body?.onClientEnd(trailers)
  }

  onBodySent (): void {
    this.#attempts.current?.sent()
    if (this.#response.isBegun) this.#stream?.limit(this.#limits.bodyIdleMs, 'body-timeout')
    else this.#stream?.limit(this.#limits.responseTimeoutMs, 'response-timeout')
  }

  onBodyError (error: unknown): void {
    this.#fail(bodyErrorFor(error), 'client-abort')
  }

  onInformational (head: ResponseHead): void {
    this.#response.inform(head)
  }

  onHead (head: ResponseHead, bodyLength: number): void {
    this.#body?.forget()
    this.#headAt = this.#process.clock.now()
    this.#attempts.current?.answered(head.statusCode, this.#headAt, this.#facts.call?.read(head.fields))
    if (this.#response.begin(head, bodyLength, this.#facts.linesFor(this.#attempts.current?.backend))) return
    this.#stream?.pause()
    // The backend is not to blame for a hook that takes long.
    this.#stream?.limit(this.#limits.bodyIdleMs, 'client-timeout')
  }

  onResponseBody (bytes: Buffer): void {
    this.#response.write(bytes)
  }

  onFlush (): void {
    // A part of a head is no progress: the time for the whole of it goes on.
    if (!this.#response.hasHead) return
    this.#stream?.limit(this.#limits.bodyIdleMs, 'body-timeout')
    if (this.#response.flush()) return
    // The client is slower than the backend, which waits for it.
    this.#awaitsDrain = true
    this.#stream?.pause()
    this.#stream?.limit(this.#limits.bodyIdleMs, 'client-timeout')
  }

  onDrain (): void {
    if (!this.#awaitsDrain) return
    this.#awaitsDrain = false
    this.#stream?.limit(this.#limits.bodyIdleMs, 'body-timeout')
    this.#stream?.resume()
  }

  onComplete (trailers: Fields): void {
    this.#stream = undefined
    if (this.#facts.call !== undefined) this.#attempts.current?.ended(this.#facts.call.read(trailers))
    this.#attempts.settle('success')
    if (this.#body?.isComplete === false) this.#body.discard()
    this.#response.end(trailers)
  }

  onReleased (): void {
    if (this.#tunnel === undefined) this.onFlush()
    if (!this.#awaitsDrain) this.#stream?.resume()
  }

  onRequestDrain (): void {
    if (this.#tunnel !== undefined) this.#tunnel.onBackendDrain()
    else this.#body?.onDrain()
  }

  onSwitched (tunnel: ClientTunnel): void {
    this.#tunnel = new Tunnel(tunnel, this.#stream as BackendStream, this.#limits.tunnelIdleMs)
  }

  onTunnelBytes (bytes: Buffer): void {
    if (!this.#response.keepOfTunnel(bytes)) this.#tunnel?.toClient(bytes)
  }

  onTunnelEnd (): void {
    if (!this.#response.keepOfTunnel(undefined)) this.#tunnel?.endClient()
  }

  onFailed (failure: Failure): void {
    const hasResponse = this.#stream?.hasResponseStarted === true
    this.#stream = undefined
    this.#response.drop()
    this.#attempts.settleFailed(failure)
    if (this.#response.isBegun) return this.#client.reset(failure.reason === 'client-timeout' ? 'timeout' : 'cut')
    if (hasResponse) return this.answer(errorFor(failure))
    this.#body?.hold()
    const isReplayable = this.#body === undefined || this.#body.isReplayable
    const failed = { method: this.#facts.method, failure, isSent: this.#isSent, isReplayable }
    if (!this.#attempts.retry(failed)) this.answer(errorFor(failure))
  }

  /** The client has its answer, or has left. */
  onEnd (): void {
    this.#process.open.remove(this.#facts.head)
    this.#facts.call?.end()
    try {
      const endedAt = this.#process.clock.now()
      this.#giveUp(this.#tunnel === undefined ? 'client-abort' : 'success')
      const { statusCode } = this.#client
      // One that waited for a backend, or for its retry, has no attempt that says so.
      const outcome = this.#hasThrown ? 'gateway-failure' : statusCode === undefined ? 'client-abort' : this.#attempts.outcome
      this.#process.onRecord(this.#facts.record(statusCode, this.#headAt, endedAt, this.#attempts.records, outcome))
    } catch (error) {
      this.onThrown(error)
    }
  }

  /**
   * What is done for this request has failed in the gateway itself: it ends here, whatever it was about to do. The backend is not
   * blamed, nothing is sent again, and nothing is thrown on.
   */
  onThrown (error: unknown): void {
    if (this.#hasThrown) return
    this.#hasThrown = true
    try {
      this.#process.onThrown(error, this.#facts)
      this.#fail(new InternalError(), 'gateway-failure')
    } catch {
      this.#client.reset('cut')
    }
  }

  /** The time is over that the client gives its call: by its clock it has left, and no backend is to blame. */
  #onDeadline (): void {
    this.#attempts.settleFailed(deadlinePassed)
    this.#fail(new DeadlineError(), 'client-abort', 'timeout')
  }

  /** Ends it with this answer or, where another has begun, without one. */
  #fail (error: FastifyError, outcome: Outcome, reset: ResetReason = 'cut'): void {
    this.#giveUp(outcome)
    if (this.#client.isEnded) return
    if (this.#client.hasBegun) this.#client.reset(reset)
    else this.answer(error)
  }

  /** Nothing goes on any more with a backend. What has not been sent never will be. */
  #giveUp (outcome: Outcome): void {
    this.#attempts.stop()
    this.#response.drop()
    this.#stream?.destroy()
    this.#stream = undefined
    this.#attempts.settle(outcome)
  }
}
