import type { Socket } from 'node:net'
import type { Clock } from '../../base/clock.ts'
import type { RequestHead, ResponseHead } from '../../http/heads.ts'
import type { ConnectionOutput } from '../../http2/connection-output.ts'
import { CANCEL, INTERNAL_ERROR } from '../../http2/errors.ts'
import type { Http2Request } from '../../http2/request-head.ts'
import { StreamOutput, type StreamOutputListener } from '../../http2/stream-output.ts'
import {
  nobody, type BodyLength, type ClientConnection, type ClientExchangeWatcher, type ClientTunnel, type ResetReason
} from '../client-exchange.ts'
import { informationalLines } from '../informational.ts'
import type { OwnerExchange } from '../owner-exchange.ts'
import type { ConnectionWindows } from '../../http2/connection-windows.ts'
import { IncomingBody, type BodyOwner, type BodyTaker } from '../../http2/incoming-body.ts'
import { responseFields, trailerFields } from '../../http2/line-fields.ts'
import { StreamSocket } from './stream-socket.ts'
import { Http2Tunnel, type TunnelStream } from './tunnel.ts'
import { takeAccept, withWebSocketKey } from './web-socket.ts'

/** What an exchange needs of the connection that it came by. */
export interface StreamOwner extends ClientConnection {
  readonly socket: Socket
  readonly clock: Clock
  readonly output: ConnectionOutput
  /** Of each stream that a client opens, in bytes. */
  readonly streamWindowBytes: number
  readonly windows: ConnectionWindows
  withHsts (lines: string): string
  /** The stream is reset with this code of RFC 9113 section 7. */
  resetStream (exchange: Http2Exchange, errorCode: number): void
  /** The client has the whole response. */
  onResponseSent (exchange: Http2Exchange): void
}

/** How far the response is. */
const NOTHING = 0
const BEGUN = 1
const SENT = 2

/** A request that came by HTTP/2, and its response: a stream. */
export class Http2Exchange implements OwnerExchange, StreamOutputListener, BodyOwner, TunnelStream {
  readonly streamId: number
  readonly head: RequestHead
  readonly body: 'none' | 'length' | 'stream'
  readonly contentLength: number
  readonly upgrade: string | undefined
  readonly incoming: IncomingBody
  readonly output: StreamOutput
  awaitsContinue: boolean
  statusCode: number | undefined
  isEnded = false
  /** Without effect: the end of one stream says nothing of the others. */
  isLast = false
  listener = nobody
  watcher: ClientExchangeWatcher | undefined
  readonly #owner: StreamOwner
  /** What the backend has to answer to the key of a WebSocket. */
  readonly #accept: string | undefined
  #phase = NOTHING
  /** The fields of the head until it is in a frame. */
  #heldFields: string[] | undefined
  /** What is missing of a body whose length was announced; -1 where none was. */
  #missingBytes = -1
  #socket: StreamSocket | undefined
  #tunnel: Http2Tunnel | undefined

  constructor (owner: StreamOwner, streamId: number, request: Http2Request, isEnd: boolean) {
    const { head, body, contentLength, protocol } = request
    this.#owner = owner
    this.streamId = streamId
    this.body = body
    this.contentLength = contentLength
    this.upgrade = protocol
    this.head = head
    if (protocol !== undefined) ({ head: this.head, accept: this.#accept } = withWebSocketKey(head))
    this.awaitsContinue = body !== 'none' && /^100-continue$/i.test(head.fields.get('expect') ?? '')
    this.incoming = new IncomingBody(this, owner.streamWindowBytes, contentLength, isEnd, owner.windows)
    this.output = new StreamOutput(streamId, owner.windows.initialSendWindow, this)
  }

  /** What its stream may become has an end. */
  get awaitsEmptyEnd (): boolean { return this.upgrade !== undefined }

  get connection (): ClientConnection {
    return this.#owner
  }

  /** For owners who look at it. */
  get socket (): Socket {
    return (this.#socket ??= new StreamSocket(this, this.#owner.socket, this.#owner.clock)) as unknown as Socket
  }

  get hasBegun (): boolean { return this.#phase !== NOTHING }
  get isTunnel (): boolean { return this.#tunnel !== undefined }
  get taker (): BodyTaker { return this.#tunnel ?? this.listener }
  get unsentBytes (): number { return this.output.queuedBytes }

  readBody (): void {
    if (!this.isEnded) this.incoming.read()
  }

  holdBody (): void {
    if (!this.isEnded) this.incoming.hold()
  }

  discardBody (): void {
    if (!this.isEnded) this.incoming.drop()
  }

  inform (head: ResponseHead): void {
    if (this.isEnded || this.#phase !== NOTHING || head.statusCode === 101) return
    if (head.statusCode === 100) {
      if (!this.awaitsContinue) return
      this.awaitsContinue = false
    }
    this.#owner.output.fields(this.streamId, responseFields(head.statusCode, informationalLines(head)), false)
  }

  /** What is asked to become a WebSocket must not look like one by a success of another kind (RFC 8441 section 5): 502. */
  begin (statusCode: number, _reason: string, lines: string, length: BodyLength): void {
    if (this.isEnded || this.#phase !== NOTHING) return
    this.#phase = BEGUN
    this.statusCode = this.#accept !== undefined && statusCode < 300 ? 502 : statusCode
    this.#heldFields = responseFields(this.statusCode, this.#owner.withHsts(lines))
    this.#missingBytes = this.head.method === 'HEAD' || statusCode === 204 || statusCode === 304 ? 0 : length
  }

  write (bytes: Buffer): void {
    if (!this.#isWritable()) return
    let piece = bytes
    if (this.#missingBytes !== -1) {
      // What is beyond the announced length would make the message malformed.
      if (bytes.length > this.#missingBytes) piece = bytes.subarray(0, this.#missingBytes)
      this.#missingBytes -= piece.length
    }
    this.#send(piece)
  }

  flush (): boolean {
    if (!this.#isWritable()) return true
    this.#sendHead(false)
    return this.#owner.output.mayWrite(this.output)
  }

  end (trailers: string): void {
    if (!this.#isWritable()) return
    if (this.#missingBytes > 0) return this.reset('cut')
    this.#phase = SENT
    const { output } = this.#owner
    const isWhole = trailers === '' && this.#heldFields !== undefined
    this.#sendHead(isWhole)
    if (isWhole) output.ended(this.output)
    else output.end(this.output, trailerFields(trailers))
  }

  openTunnel (_reason: string, lines: string): ClientTunnel {
    if (this.#phase !== NOTHING) throw new Error('the response has begun already')
    const { accept, rest } = takeAccept(lines)
    this.#tunnel = new Http2Tunnel(this)
    this.statusCode = 101
    if (accept !== this.#accept) {
      this.reset('cut')
    } else if (!this.isEnded) {
      this.#phase = BEGUN
      this.#owner.output.fields(this.streamId, responseFields(200, rest), false)
    }
    return this.#tunnel
  }

  reset (reason: ResetReason): void {
    if (!this.isEnded) this.#owner.resetStream(this, reason === 'timeout' ? CANCEL : INTERNAL_ERROR)
  }

  detach (): never {
    throw new Error('a connection of HTTP/2 carries other requests too, and cannot be taken')
  }

  writeBytes (bytes: Buffer): boolean {
    if (!this.#isWritable()) return true
    this.#send(bytes)
    return this.#owner.output.mayWrite(this.output)
  }

  endBytes (): void {
    this.end('')
  }

  cut (): void {
    this.reset('cut')
  }

  onOutputDrained (): void {
    if (this.isEnded) return
    try {
      if (this.#tunnel !== undefined) this.#tunnel.deliverDrain()
      else this.listener.onDrain()
    } catch (error) {
      this.onThrown(error)
    }
  }

  onOutputSent (): void {
    // A tunnel goes on until its client has ended its side too.
    if (!this.isEnded && (this.#tunnel === undefined || this.incoming.isComplete)) this.#owner.onResponseSent(this)
  }

  onThrown (error: unknown): void {
    this.listener.onThrown(error)
  }

  /** There is traffic on the stream. */
  touch (): void {
    this.awaitsContinue = false
    this.#socket?.touch()
  }

  /** It is over for its listener. `isWhole`: see `ClientExchangeWatcher`. */
  finish (isWhole: boolean): void {
    if (this.isEnded) return
    this.isEnded = true
    this.incoming.drop()
    this.output.drop()
    try {
      this.listener.onEnd()
    } catch (error) {
      this.onThrown(error)
    }
    this.watcher?.onExchangeEnd(isWhole)
    this.#socket?.settle()
  }

  #isWritable (): boolean {
    return !this.isEnded && this.#phase === BEGUN
  }

  #send (bytes: Buffer): void {
    this.#socket?.touch()
    this.#sendHead(false)
    this.#owner.output.write(this.output, bytes)
  }

  #sendHead (isEnd: boolean): void {
    if (this.#heldFields === undefined) return
    this.#owner.output.fields(this.streamId, this.#heldFields, isEnd)
    this.#heldFields = undefined
  }
}
