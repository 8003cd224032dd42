import type { Socket } from 'node:net'
import type { Fields } from '../../http/fields.ts'
import type { RequestHead, ResponseHead } from '../../http/heads.ts'
import type { MessageError } from '../../http1/message-error.ts'
import type { ParsedRequest } from '../../http1/request-head.ts'
import {
  nobody, type BodyLength, type ClientConnection, type ClientExchangeWatcher, type ClientTunnel, type ResetReason
} from '../client-exchange.ts'
import { ignore } from '../ignore.ts'
import { informationalLines } from '../informational.ts'
import type { DetachedConnection, OwnerExchange } from '../owner-exchange.ts'
import type { ResponseWriter } from './response-writer.ts'
import { Http1Tunnel } from './tunnel.ts'

/** What an exchange needs of the connection that it came by. */
export interface ExchangeOwner extends ClientConnection {
  readonly socket: Socket
  readonly writer: ResponseWriter
  /** The field lines for the connection, and whether it is kept; decided when the head is written. */
  connectionLines (keeps: boolean): string
  withHsts (lines: string): string
  /** Whether another request may follow: neither client nor listener has ended that. */
  readonly mayContinue: boolean
  readBody (): void
  holdBody (): void
  discardBody (): void
  /** The response has been written to its end. */
  onResponseEnd (): void
  /** Ends the connection at once; a reset tells the client that what it has is not whole. */
  cut (byReset: boolean): void
  /** Lets go of the socket, with what has been read of it and not been dealt with. */
  giveAway (): { early: Buffer[], hasEnded: boolean }
}

/** How far the response is. */
const NOTHING = 0
const BEGUN = 1
const SENT = 2

/** A request that came by HTTP/1.x, and its response. */
export class Http1Exchange implements OwnerExchange {
  readonly head: RequestHead
  readonly body: 'none' | 'length' | 'stream'
  readonly contentLength: number
  readonly upgrade: string | undefined
  awaitsContinue: boolean
  statusCode: number | undefined
  isEnded = false
  isLast: boolean
  listener = nobody
  watcher: ClientExchangeWatcher | undefined
  readonly #owner: ExchangeOwner
  #phase = NOTHING
  /** The head until the first byte is sent, when it is settled whether the connection is kept. */
  #reason = ''
  #lines = ''
  #length: BodyLength = 0
  #isHeadHeld = false

  constructor (owner: ExchangeOwner, { head, body, contentLength, keepAlive, expectsContinue, upgrade }: ParsedRequest) {
    this.#owner = owner
    this.head = head
    this.body = body
    this.contentLength = contentLength
    this.upgrade = upgrade
    this.awaitsContinue = expectsContinue && body !== 'none'
    // What comes after an offer to change protocols may be of the other one already.
    this.isLast = !keepAlive || upgrade !== undefined
  }

  get connection (): ClientConnection {
    return this.#owner
  }

  /** The client's socket, for owners who look at it. */
  get socket (): Socket {
    return this.#owner.socket
  }

  get hasBegun (): boolean {
    return this.#phase !== NOTHING
  }

  /** The response has been given to its end. */
  get isResponseComplete (): boolean {
    return this.#phase === SENT
  }

  get unsentBytes (): number {
    return this.isEnded ? 0 : this.#owner.writer.unsentBytes
  }

  readBody (): void {
    if (!this.isEnded) this.#owner.readBody()
  }

  holdBody (): void {
    if (!this.isEnded) this.#owner.holdBody()
  }

  discardBody (): void {
    if (!this.isEnded) this.#owner.discardBody()
  }

  inform (head: ResponseHead): void {
    if (this.isEnded || this.#phase !== NOTHING || this.head.version === '1.0' || head.statusCode === 101) return
    if (head.statusCode === 100) {
      if (!this.awaitsContinue) return
      this.awaitsContinue = false
    }
    this.#owner.writer.sendText(`HTTP/1.1 ${head.statusCode} ${head.reason}\r\n${informationalLines(head)}\r\n`)
  }

  begin (statusCode: number, reason: string, lines: string, length: BodyLength): void {
    if (this.isEnded || this.#phase !== NOTHING) return
    this.#phase = BEGUN
    this.statusCode = statusCode
    this.#reason = reason
    this.#lines = this.#owner.withHsts(lines)
    this.#length = this.head.method === 'HEAD' || statusCode === 204 || statusCode === 304 ? 0 : length
    this.#isHeadHeld = true
    this.#owner.writer.begin(this.#length)
  }

  write (bytes: Buffer): void {
    if (this.#isWritable()) this.#owner.writer.write(bytes)
  }

  flush (): boolean {
    if (!this.#isWritable()) return true
    if (this.#isHeadHeld) this.#settleHead()
    return this.#owner.writer.flush()
  }

  end (trailers: string): void {
    if (!this.#isWritable()) return
    const { writer } = this.#owner
    if (writer.isTooShort) return this.reset('cut')
    if (this.#isHeadHeld) this.#settleHead()
    this.#phase = SENT
    writer.end(trailers)
    this.#owner.onResponseEnd()
  }

  openTunnel (reason: string, lines: string): ClientTunnel {
    if (this.#phase !== NOTHING) throw new Error('the response has begun already')
    this.#phase = SENT
    this.statusCode = 101
    this.isLast = true
    const owner = this.#owner
    if (!this.isEnded) owner.writer.sendText(`HTTP/1.1 101 ${reason}\r\n${lines}\r\n`)
    const { early, hasEnded } = owner.giveAway()
    return new Http1Tunnel(owner.socket, { onThrown: (error) => { this.listener.onThrown(error) } }, early, hasEnded)
  }

  /** A response of HTTP/1.0 whose end is that of the connection looks whole after any end but a reset. */
  reset (_reason: ResetReason): void {
    if (this.isEnded) return
    this.#phase = SENT
    this.#owner.writer.drop()
    this.#owner.cut(this.head.version === '1.0')
  }

  /**
   * Gives the connection away, with what has been read after the head: whoever takes it listens to the socket, and ends it. The
   * exchange ends with the socket.
   */
  detach (): DetachedConnection {
    if (this.isEnded) throw new Error('the client has left')
    this.#phase = SENT
    const { socket } = this
    const { early } = this.#owner.giveAway()
    // So the stream flows again as soon as its owner listens to it, and not before.
    socket.on('readable', ignore).off('readable', ignore)
    return { socket, head: Buffer.concat(early) }
  }

  deliverBody (bytes: Buffer): void {
    try {
      this.listener.onBody(bytes)
    } catch (error) {
      this.listener.onThrown(error)
    }
  }

  deliverBodyEnd (trailers: Fields): void {
    try {
      this.listener.onBodyEnd(trailers)
    } catch (error) {
      this.listener.onThrown(error)
    }
  }

  deliverBodyError (error: MessageError): void {
    try {
      this.listener.onBodyError(error)
    } catch (thrown) {
      this.listener.onThrown(thrown)
    }
  }

  deliverDrain (): void {
    try {
      this.listener.onDrain()
    } catch (error) {
      this.listener.onThrown(error)
    }
  }

  /** It is over for its listener. `isWhole`: see `ClientExchangeWatcher`. */
  finish (isWhole: boolean): void {
    if (this.isEnded) return
    this.isEnded = true
    const { listener } = this
    try {
      listener.onEnd()
    } catch (error) {
      listener.onThrown(error)
    }
    this.watcher?.onExchangeEnd(isWhole)
  }

  #isWritable (): boolean {
    return !this.isEnded && this.#phase === BEGUN
  }

  /** Now there is no way back: how the body is framed and whether the connection is kept is decided. */
  #settleHead (): void {
    const owner = this.#owner
    const isChunked = this.#length === -1 && this.head.version === '1.1'
    // Not told to go on, the client may send its body next, or another request: which cannot be told. And a client of HTTP/1.0
    // may know no other end of a response than a length or that of the connection.
    if (this.awaitsContinue || (this.head.version === '1.0' && !hasLength(this.#lines)) || !owner.mayContinue) this.isLast = true
    const framing = isChunked ? 'Transfer-Encoding: chunked\r\n' : ''
    const head = `HTTP/1.1 ${this.statusCode} ${this.#reason}\r\n${this.#lines}${framing}${owner.connectionLines(!this.isLast)}\r\n`
    this.#isHeadHeld = false
    owner.writer.setHead(head, isChunked)
  }
}

function hasLength (lines: string): boolean {
  return /^content-length:/im.test(lines)
}
