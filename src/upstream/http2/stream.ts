import type { FailureReason } from '../../backends/failure-reason.ts'
import type { Clock } from '../../base/clock.ts'
import { Deadline } from '../../base/deadline.ts'
import { type Fields } from '../../http/fields.ts'
import type { ConnectionOutput } from '../../http2/connection-output.ts'
import { CANCEL, FLOW_CONTROL_ERROR, PROTOCOL_ERROR } from '../../http2/errors.ts'
import type { ConnectionWindows } from '../../http2/connection-windows.ts'
import { IncomingBody, type BodyOwner, type BodyTaker } from '../../http2/incoming-body.ts'
import { requestFields, trailerFields } from '../../http2/line-fields.ts'
import { MalformedMessage } from '../../http2/malformed.ts'
import { http2Trailers } from '../../http2/request-head.ts'
import { http2Response } from '../../http2/response-head.ts'
import { StreamOutput, type StreamOutputListener } from '../../http2/stream-output.ts'
import type { BackendStreamUser, PooledStream, RequestFraming } from '../backend-stream.ts'
import { partyOf, type Failure } from '../failure.ts'
import { maxInformational, streamWindowBytes } from './limits.ts'

/** What a stream needs of the connection that it is on. */
export interface StreamConnection {
  readonly clock: Clock
  readonly scheme: 'http' | 'https'
  readonly output: ConnectionOutput
  /** How many streams have been given to it. */
  readonly uses: number
  readonly windows: ConnectionWindows
  /** The stream begins, now or when the connection is there. What its user throws, this throws. */
  attach (stream: Http2Stream): void
  /** Gives a stream its number; undefined: the connection is gone, and the stream has been told. */
  open (stream: Http2Stream): number | undefined
  /** The stream is over; with an error code, the backend is told so. */
  detach (stream: Http2Stream, errorCode: number | undefined): void
}

const [WAITING, BEGUN, SENT, OVER] = [0, 1, 2, 3] as const // where its request is

/** One request to a backend by HTTP/2, and its response: a stream of a connection that others share. */
export class Http2Stream implements PooledStream, BodyOwner, BodyTaker, StreamOutputListener {
  /** 0 until its head is sent. */
  streamId = 0
  readonly awaitsEmptyEnd = true
  readonly taker: BodyTaker = this
  readonly uses: number
  hasResponseStarted = false
  output: StreamOutput | undefined
  readonly #connection: StreamConnection
  readonly #deadline: Deadline
  #phase: 0 | 1 | 2 | 3 = WAITING
  #user: BackendStreamUser | undefined
  #method = ''
  #heldFields: string[] | undefined
  #body: IncomingBody | undefined
  #limit: FailureReason = 'connect-timeout'
  #isPaused = false
  #informationals = 0

  constructor (connection: StreamConnection) {
    this.#connection = connection
    this.uses = connection.uses - 1
    this.#deadline = new Deadline(connection.clock, () => { this.#fail({ reason: this.#limit }, CANCEL) })
  }

  begin (user: BackendStreamUser, method: string): void {
    this.#user = user
    this.#method = method
    this.#connection.attach(this)
  }

  /** For the connection: it is there. What the user throws, this throws. */
  onConnected (): void {
    try {
      this.#user?.onConnected()
    } catch (error) {
      this.destroy()
      throw error
    }
  }

  send (head: string, _framing: RequestFraming): void {
    this.#phase = BEGUN
    this.#heldFields = requestFields(head, this.#connection.scheme)
  }

  write (bytes: Buffer): boolean {
    this.#sendHead(false)
    if (this.output === undefined) return true
    this.#connection.output.write(this.output, bytes)
    return this.#connection.output.mayWrite(this.output)
  }

  flush (): void {
    this.#sendHead(false)
  }

  end (trailers: string): void {
    const isWhole = trailers === '' && this.#heldFields !== undefined
    this.#sendHead(isWhole)
    if (this.output === undefined || this.#phase !== BEGUN) return
    this.#phase = SENT
    if (!isWhole) this.#connection.output.end(this.output, trailerFields(trailers))
    else this.output.isOver = true
  }

  endTunnel (): void {} // There are none by HTTP/2.

  limit (delayMs: number, reason: FailureReason): void {
    if (this.#phase === OVER) return
    this.#limit = reason
    this.#deadline.set(delayMs)
  }

  pause (): void {
    this.#isPaused = true
    this.#body?.hold()
  }

  resume (): void {
    this.#isPaused = false
    this.#body?.read()
  }

  destroy (): void {
    if (this.#phase === OVER) return
    this.#user = undefined
    this.#leave(CANCEL)
  }

  onOutputDrained (): void {
    this.#tell((user) => { user.onRequestDrain() })
  }

  onOutputSent (): void {}

  /** For the connection, as those that follow: HEADERS have come. Throws nothing. */
  onFields (raw: readonly string[], isEnd: boolean): void {
    this.#receive(() => {
      if (this.#body !== undefined) {
        if (!isEnd) throw new MalformedMessage('unended-trailers')
        this.#body.receiveTrailers(http2Trailers(raw))
        return
      }
      this.hasResponseStarted = true
      const { head, contentLength } = http2Response(raw)
      if (head.statusCode < 200) {
        if (isEnd || contentLength > 0 || ++this.#informationals > maxInformational) throw new MalformedMessage('invalid-pseudo-header')
        return this.#tell((user) => { user.onInformational(head) })
      }
      const isBodyless = this.#method === 'HEAD' || head.statusCode === 204 || head.statusCode === 304
      if (isEnd && !isBodyless && contentLength > 0) throw new MalformedMessage('invalid-content-length')
      const bodyLength = isBodyless || isEnd ? 0 : contentLength
      const body = this.#body = new IncomingBody(this, streamWindowBytes, bodyLength, isEnd, this.#connection.windows)
      this.#tell((user) => { user.onHead(head, bodyLength) })
      if (!this.#isPaused) body.read()
    })
  }

  /** DATA has come. Throws nothing. */
  onData (data: Buffer, flowLength: number, isEnd: boolean): void {
    const body = this.#body
    if (body === undefined) {
      this.#connection.windows.giveBack(flowLength)
      return this.onRefused(PROTOCOL_ERROR)
    }
    this.#receive(() => {
      if (!body.receive(data, flowLength, isEnd)) this.onRefused(FLOW_CONTROL_ERROR)
    })
  }

  /** What has been read in one piece is dealt with. */
  onChunkEnd (): void {
    if (this.#body !== undefined && !this.#isPaused) this.#tell((user) => { user.onFlush() })
  }

  /** The backend has reset it, or the connection is gone. */
  onLost (failure: Pick<Failure, 'reason'> & Partial<Failure>): void {
    this.#fail(failure, undefined)
  }

  /** The backend has said of it what it may not say. */
  onRefused (errorCode: number): void {
    this.#fail({ reason: 'not-http' }, errorCode)
  }

  onBody (bytes: Buffer): void {
    this.#tell((user) => { user.onResponseBody(bytes) })
  }

  onBodyEnd (trailers: Fields): void {
    const user = this.#user
    this.#user = undefined
    // The rest of the request is of no use.
    this.#leave(this.#phase === SENT && this.output?.isOver === true ? undefined : CANCEL)
    try {
      user?.onComplete(trailers)
    } catch (error) {
      user?.onThrown(error)
    }
  }

  onThrown (error: unknown): void {
    const user = this.#user
    this.destroy()
    user?.onThrown(error)
  }

  #sendHead (isEnd: boolean): void {
    const fields = this.#heldFields
    if (fields === undefined || this.#phase === OVER) return
    this.#heldFields = undefined
    const streamId = this.#connection.open(this)
    if (streamId === undefined) return
    this.streamId = streamId
    this.output = new StreamOutput(streamId, this.#connection.windows.initialSendWindow, this)
    this.#connection.output.fields(streamId, fields, isEnd)
  }

  #receive (step: () => void): void {
    try {
      step()
    } catch (error) {
      if (error instanceof MalformedMessage) this.onRefused(PROTOCOL_ERROR)
      else this.onThrown(error)
    }
  }

  #tell (step: (user: BackendStreamUser) => void): void {
    if (this.#user === undefined) return
    try {
      step(this.#user)
    } catch (error) {
      this.onThrown(error)
    }
  }

  /** With an error code, the backend is told; RST_STREAM is not answered (RFC 9113 section 5.4.2). */
  #fail (failure: Pick<Failure, 'reason'> & Partial<Failure>, errorCode: number | undefined): void {
    const user = this.#user
    this.#user = undefined
    this.#leave(errorCode)
    user?.onFailed({ party: partyOf(failure.reason), isStale: false, detail: undefined, ...failure })
  }

  #leave (errorCode: number | undefined): void {
    if (this.#phase === OVER) return
    this.#phase = OVER
    this.#deadline.end()
    this.#body?.drop()
    this.output?.drop()
    this.#connection.detach(this, errorCode)
  }
}
