import type { Readable } from 'node:stream'
import type { FastifyError } from '@fastify/error'
import type { Backend } from '../backends/backend.ts'
import type { ClientExchange, ClientExchangeListener, ClientTunnel } from '../downstream/client-exchange.ts'
import { clientAddressOf, saysSecure } from '../downstream/trust.ts'
import { BackendFailedError, BodyTooLargeError, InternalError } from '../errors.ts'
import type { Fields } from '../http/fields.ts'
import type { RequestHead, ResponseHead } from '../http/heads.ts'
import type { Attempt, Outcome } from '../services/attempt.ts'
import type { BackendStream, BackendStreamUser, RequestFraming } from '../upstream/backend-stream.ts'
import type { Failure } from '../upstream/failure.ts'
import { Attempts, type AttemptsUser } from './attempts.ts'
import { ClientResponse, type ClientResponseOptions, type ResponseUser } from './client-response.ts'
import type { ExchangeRecord } from './exchange-record.ts'
import { bodyErrorFor, errorFor } from './outcome.ts'
import { headersToBackend } from './headers-to-backend.ts'
import { trailerLines } from './headers-to-client.ts'
import type { ProcessContext } from './process-context.ts'
import { RequestBody, type BodyUser } from './request-body.ts'
import { RestWatch } from './rest-watch.ts'
import type { ServiceAccess } from './service-access.ts'
import { Tunnel } from './tunnel.ts'

export interface ExchangeOptions extends ClientResponseOptions {
  /** The request as hooks have left it. */
  readonly head: RequestHead
  /** What a hook wants sent in place of the client's body. */
  readonly body: Readable | undefined
}

/**
 * One request on its way: it goes to a backend, or to another where the first one fails, and the response goes back as it
 * comes. It joins a client's side to a backend's, and listens to both.
 */
export class Exchange implements ClientExchangeListener, BackendStreamUser, AttemptsUser, BodyUser, ResponseUser {
  readonly requestId: string
  readonly method: string
  readonly #process: ProcessContext
  readonly #service: ServiceAccess
  readonly #client: ClientExchange
  readonly #head: RequestHead
  readonly #startedAt: number
  readonly #clientAddress: string
  readonly #sticky: Backend | undefined
  /** Why it goes where it goes, for an operator who asked with the request. */
  readonly #explanation: string | undefined
  readonly #attempts: Attempts
  readonly #response: ClientResponse
  readonly #framing: RequestFraming
  readonly #body: RequestBody | undefined
  /** Who reads the client's own body where a hook has put another one in its place. */
  readonly #reader: ClientExchangeListener | undefined
  #stream: BackendStream | undefined
  #tunnel: Tunnel | undefined
  #rest: RestWatch | undefined
  #headAt = 0
  #isSent = false
  #isComplete = false
  #awaitsDrain = false
  #hasThrown = false

  constructor (process: ProcessContext, service: ServiceAccess, client: ClientExchange, options: ExchangeOptions) {
    const { head, requestId, body: replacement } = options
    const { connection: { peer }, body } = client
    const { limits: { replayBytes, maxBodyBytes: maxBytes } } = service
    this.requestId = requestId
    this.method = head.method
    this.#process = process
    this.#service = service
    this.#client = client
    this.#head = head
    this.#startedAt = process.clock.now()
    this.#clientAddress = peer.isTrusted ? clientAddressOf(peer, head.fields.get('x-forwarded-for'), process.trust) : peer.address
    const key = service.keyOf(head, this.#clientAddress)
    this.#sticky = service.isSticky ? service.stickyBackend(head.fields) : undefined
    this.#attempts = new Attempts(process, service.service, this, key, this.#sticky)
    this.#explanation = service.explainTo(head.fields, this.#clientAddress, this.#attempts)
    this.#response = new ClientResponse(client, this, options)
    // How long another body will be is not known.
    this.#framing = body === 'none' || (body === 'length' && replacement === undefined) ? body : 'chunked'
    if (body !== 'none') this.#body = new RequestBody(client, this, { replacement, replayBytes, maxBytes })
    if (replacement !== undefined) this.#reader = client.listener
    process.open.add(head)
    client.listener = this
  }

  start (): void {
    this.#service.service.budget.onRequest(this.#startedAt)
    this.#attempts.next()
  }

  /** Ends the exchange with an answer of the gateway's own. */
  answer (error: FastifyError): void {
    this.#body?.discard()
    this.#response.answer(error, this.#hasThrown)
    this.#afterResponse()
  }

  onAttempt ({ backend }: Attempt): void {
    this.#isSent = false
    const isUpgrade = this.#client.upgrade !== undefined
    const pool = this.#process.pools.of(backend)
    const isFirst = this.#attempts.records.length === 0 && !isUpgrade
    const connection = isFirst ? pool.take() : pool.takeFresh()
    this.#stream = connection
    connection.begin(this, this.method, isUpgrade)
  }

  onNoBackend (): void {
    this.answer(this.#attempts.tried.length > 0 ? new BackendFailedError() : this.#service.unavailable())
  }

  onConnected (): void {
    const stream = this.#stream as BackendStream
    const backendHost = this.#attempts.current?.backend.url.host ?? ''
    const { upgrade, connection: { peer } } = this.#client
    const { bodyIdleMs } = this.#service.limits
    this.#isSent = true
    const hop = { requestId: this.requestId, isChunked: this.#framing === 'chunked', upgrade, backendHost }
    stream.send(headersToBackend(this.#head, peer, hop, this.#process), this.#framing)
    if (this.#body === undefined) {
      stream.end('')
      return this.onBodySent()
    }
    stream.limit(bodyIdleMs, 'client-timeout')
    this.#body.sendTo(stream)
    stream.flush()
  }

  onBody (bytes: Buffer): void {
    if (this.#reader === undefined) this.#body?.onPiece(bytes)
    else this.#reader.onBody(bytes)
  }

  onBodyEnd (trailers: Fields): void {
    if (this.#reader === undefined) this.#body?.onEnd(trailers.count === 0 ? '' : trailerLines(trailers))
    else this.#reader.onBodyEnd(trailers)
  }

  onBodyPiece (isHeld: boolean): void {
    this.#stream?.limit(this.#service.limits.bodyIdleMs, isHeld ? 'body-timeout' : 'client-timeout')
  }

  onBodySent (): void {
    const { bodyIdleMs, responseTimeoutMs } = this.#service.limits
    this.#attempts.current?.sent()
    if (this.#response.isBegun) this.#stream?.limit(bodyIdleMs, 'body-timeout')
    else this.#stream?.limit(responseTimeoutMs, 'response-timeout')
  }

  onBodyTooLarge (): void {
    this.#fail(new BodyTooLargeError())
  }

  onBodyError (error: unknown): void {
    this.#fail(bodyErrorFor(error))
  }

  onInformational (head: ResponseHead): void {
    this.#response.inform(head)
  }

  onHead (head: ResponseHead, bodyLength: number): void {
    this.#body?.forget()
    this.#headAt = this.#process.clock.now()
    this.#attempts.current?.answered(head.statusCode, this.#headAt)
    if (this.#response.begin(head, bodyLength, this.#addedLines())) return
    this.#stream?.pause()
    // The backend is not to blame for a hook that takes long.
    this.#stream?.limit(this.#service.limits.bodyIdleMs, 'client-timeout')
  }

  onResponseBody (bytes: Buffer): void {
    this.#response.write(bytes)
  }

  onFlush (): void {
    // A part of a head is no progress: the time for the whole of it goes on.
    if (!this.#response.hasHead) return
    const { bodyIdleMs } = this.#service.limits
    this.#stream?.limit(bodyIdleMs, 'body-timeout')
    if (this.#response.flush()) return
    // The client is slower than the backend, which waits for it.
    this.#awaitsDrain = true
    this.#stream?.pause()
    this.#stream?.limit(bodyIdleMs, 'client-timeout')
  }

  onDrain (): void {
    if (!this.#awaitsDrain) return
    this.#awaitsDrain = false
    this.#stream?.limit(this.#service.limits.bodyIdleMs, 'body-timeout')
    this.#stream?.resume()
  }

  onComplete (trailers: Fields): void {
    this.#stream = undefined
    this.#isComplete = true
    this.#attempts.settle('success')
    if (this.#body?.isComplete === false) this.#body.discard()
    this.#response.end(trailers)
    this.#afterResponse()
  }

  onReleased (): void {
    if (this.#isComplete) return this.#afterResponse()
    if (this.#tunnel === undefined) this.onFlush()
    if (!this.#awaitsDrain) this.#stream?.resume()
  }

  onRequestDrain (): void {
    if (this.#tunnel !== undefined) this.#tunnel.onBackendDrain()
    else this.#body?.onDrain()
  }

  onSwitched (tunnel: ClientTunnel): void {
    this.#tunnel = new Tunnel(tunnel, this.#stream as BackendStream, this.#service.limits.tunnelIdleMs)
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
    if (this.#response.isBegun) return this.#client.reset('cut')
    if (hasResponse) return this.answer(errorFor(failure))
    this.#body?.hold()
    const isReplayable = this.#body === undefined || this.#body.isReplayable
    if (!this.#attempts.retry({ method: this.method, failure, isSent: this.#isSent, isReplayable })) this.answer(errorFor(failure))
  }

  /** The client has its answer, or has left. */
  onEnd (): void {
    this.#process.open.remove(this.#head)
    try {
      const endedAt = this.#process.clock.now()
      this.#giveUp(this.#tunnel === undefined ? 'client-abort' : 'success')
      this.#process.onRecord(this.#record(endedAt))
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
      this.#process.onThrown(error, this)
      this.#fail(new InternalError())
    } catch {
      this.#client.reset('cut')
    }
  }

  /** Ends it with this answer or, where another has begun, without one. */
  #fail (error: FastifyError): void {
    this.#giveUp('client-abort')
    if (this.#client.isEnded) return
    if (this.#client.hasBegun) this.#client.reset('cut')
    else this.answer(error)
  }

  /** Nothing goes on any more with a backend. What has not been sent never will be. */
  #giveUp (outcome: Outcome): void {
    this.#attempts.stop()
    this.#rest?.end()
    this.#response.drop()
    this.#stream?.destroy()
    this.#stream = undefined
    this.#attempts.settle(outcome)
  }

  /** What is left waits for the client alone, without a backend whose connection has a limit. */
  #afterResponse (): void {
    if (this.#client.unsentBytes > 0) this.#rest ??= new RestWatch(this.#client, this.#process.clock, this.#service.limits.bodyIdleMs)
  }

  /** What is added to the backend's head: has the client come back to this backend, and explains the choice. */
  #addedLines (): string {
    const backend = this.#attempts.current?.backend
    let lines = this.#explanation === undefined ? '' : `Evenkeel-Explain: ${this.#explanation}\r\n`
    if (this.#service.isSticky && backend !== undefined && backend !== this.#sticky) {
      const { connection: { isSecure, peer } } = this.#client
      const isByTls = isSecure || saysSecure(peer, this.#head.fields.get('x-forwarded-proto'))
      lines += `Set-Cookie: ${this.#service.cookieFor(backend, isByTls)}\r\n`
    }
    return lines
  }

  #record (endedAt: number): ExchangeRecord {
    const { method, host, target: path, version } = this.#head
    const { statusCode } = this.#client
    const { records: attempts, outcome } = this.#attempts
    return {
      requestId: this.requestId,
      method,
      host,
      path,
      version,
      statusCode,
      client: this.#clientAddress,
      startedAt: this.#startedAt,
      headAt: this.#headAt,
      endedAt,
      attempts,
      // Also one that waited for a backend, or for its retry. A fault of the gateway's is neither the client's nor a backend's.
      outcome: this.#hasThrown ? undefined : statusCode === undefined ? 'client-abort' : outcome
    }
  }
}
