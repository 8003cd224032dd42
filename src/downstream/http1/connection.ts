import type { Socket } from 'node:net'
import type { Clock } from '../../base/clock.ts'
import { Deadline } from '../../base/deadline.ts'
import { MessageError } from '../../http1/message-error.ts'
import { RequestParser } from '../../http1/request-parser.ts'
import type { ClientConnection, ClientTunnel } from '../client-exchange.ts'
import type { Refusals } from '../refusals.ts'
import { describePeer, type Peer, type Trust } from '../trust.ts'
import { Http1Exchange, type ExchangeOwner } from './exchange.ts'
import { Incoming } from './incoming.ts'
import { refusalFor, refusalText, type Refused } from './refusal.ts'
import { ResponseWriter } from './response-writer.ts'
import { Http1Tunnel } from './tunnel.ts'

/** What all connections of a listener have in common. */
export interface ConnectionHost {
  readonly clock: Clock
  readonly trust: Trust
  readonly refusals: Refusals
  readonly headerTimeoutMs: number
  /** 0: an idle connection is kept until its client ends it. */
  readonly keepAliveTimeoutMs: number
  readonly keepAliveLines: string
  readonly abortOnClientEnd: boolean
  readonly isDraining: boolean
  onExchange (exchange: Http1Exchange): void
  /** Something of the gateway's own threw. */
  onThrown (error: unknown): void
  forget (connection: Http1Connection): void
}

/** The next head is awaited, or being read. */
const HEAD = 0
/** A request is in flight. */
const EXCHANGE = 1
/** Its response has left; what is left of its body is read and dropped. */
const ANSWERED = 2
/** Nothing more is said. What the client still sends is dropped, so that no reset destroys what it has not read yet. */
const LINGERING = 3
/** The connection is a tunnel's, or an owner's. */
const GIVEN_AWAY = 4
const CLOSED = 5

/** What the deadline stands for. */
const NO_LIMIT = 0
const FIRST_BYTE = 1
const WHOLE_HEAD = 2
const IDLE = 3
const REST_OF_BODY = 4
const LINGER = 5

/** How long a body that is not wanted is read on, and a client that is told no more is listened to, in ms; nginx has the same limits. */
const dropMs = 30_000
const lingerStepMs = 5000

const closeLine = 'Connection: close\r\n'

/**
 * One client's connection, for one request at a time: the next head is parsed when the response before it has left. What comes
 * meanwhile is left in the kernel, but for the first piece of it, by which a client that leaves is noticed.
 */
export class Http1Connection implements ClientConnection, ExchangeOwner {
  readonly socket: Socket
  readonly writer: ResponseWriter
  readonly isSecure = false
  readonly #host: ConnectionHost
  readonly #parser = new RequestParser()
  readonly #incoming: Incoming
  readonly #deadline: Deadline
  #peer: Peer | undefined
  #state = HEAD
  #limit = FIRST_BYTE
  #exchange: Http1Exchange | undefined
  #tunnel: Http1Tunnel | undefined
  #isRunning = false
  /** The body of the request is wanted, if only to be dropped. */
  #isReading = false
  #isDropping = false
  #isBodyBroken = false
  #hasEnded = false
  #lingersUntil = 0

  constructor (host: ConnectionHost, socket: Socket) {
    this.#host = host
    this.socket = socket
    this.writer = new ResponseWriter(socket)
    this.#incoming = new Incoming(socket)
    this.#deadline = new Deadline(host.clock, () => { this.#onDeadline() })
    this.#deadline.set(host.headerTimeoutMs)
    socket.on('data', (chunk: Buffer) => { this.#onData(chunk) })
    socket.on('drain', () => { this.#onDrain() })
    socket.on('end', () => { this.#onClientEnd() })
    socket.on('error', ignore)
    socket.on('close', () => { this.#onClose() })
  }

  get peer (): Peer {
    return (this.#peer ??= describePeer(this.socket, this.#host.trust))
  }

  /** No request is in flight; a head that is not whole is none. */
  get isIdle (): boolean {
    return this.#state === HEAD || this.#state === ANSWERED || this.#state === LINGERING
  }

  /** A request is about to come. */
  get hasPartOfHead (): boolean {
    return this.#state === HEAD && this.#parser.hasPartOfHead
  }

  get mayContinue (): boolean {
    return !this.#host.isDraining && !this.#isBodyBroken && !(this.#hasEnded && this.#incoming.isEmpty)
  }

  connectionLines (keeps: boolean): string {
    return keeps ? this.#host.keepAliveLines : closeLine
  }

  readBody (): void {
    this.#isReading = true
    this.#incoming.isHeld = false
    this.#run()
  }

  holdBody (): void {
    if (this.#parser.isComplete) return
    this.#isReading = false
    this.#incoming.hold()
  }

  discardBody (): void {
    if (this.#parser.isComplete || this.#isDropping) return
    this.#isDropping = true
    this.#setLimit(REST_OF_BODY, dropMs)
    this.readBody()
  }

  onResponseEnd (): void {
    if (this.socket.writableLength === 0 || !this.socket.writableNeedDrain) this.#onAnswered()
  }

  openTunnel (exchange: Http1Exchange): ClientTunnel {
    this.#state = GIVEN_AWAY
    this.socket.setNoDelay(true)
    const tunnel = new Http1Tunnel(this.socket, { onThrown: (error) => { exchange.listener.onThrown(error) } }, this.#incoming.takeAll(), this.#hasEnded)
    this.#tunnel = tunnel
    return tunnel
  }

  detach (): { socket: Socket, head: Buffer } {
    const { socket } = this
    this.#state = GIVEN_AWAY
    const head = Buffer.concat(this.#incoming.takeAll())
    socket.removeAllListeners('data').removeAllListeners('end').removeAllListeners('drain')
    return { socket, head }
  }

  cut (byReset: boolean): void {
    const { socket } = this
    // Without a remote port it is not TCP's, or gone already, and cannot be reset.
    if (byReset && socket.remotePort !== undefined) socket.resetAndDestroy()
    else socket.destroy()
  }

  #onData (chunk: Buffer): void {
    switch (this.#state) {
      case LINGERING:
        return this.#linger()
      case GIVEN_AWAY:
        return this.#tunnel?.onBytes(chunk)
      case CLOSED:
        return
      default:
        this.#incoming.add(chunk, this.#exchange?.upgrade !== undefined)
        if (this.#exchange !== undefined && !this.#parser.isComplete) this.#exchange.awaitsContinue = false
        this.#run()
    }
  }

  #onDrain (): void {
    this.writer.onDrain()
    const exchange = this.#exchange
    if (this.#state === GIVEN_AWAY) this.#tunnel?.onDrain()
    else if (exchange === undefined) return
    else if (exchange.isResponseComplete) this.#onAnswered()
    else exchange.deliverDrain()
  }

  /** Deals with what has come, as far as that is possible now. Whatever happens on the way goes on from here: there is no recursion. */
  #run (): void {
    if (this.#isRunning) return
    this.#isRunning = true
    while (this.#step()) { /* goes on */ }
    this.#isRunning = false
    this.#settle()
  }

  /** Returns false when there is nothing to do before something happens. */
  #step (): boolean {
    switch (this.#state) {
      case HEAD:
        return !this.#incoming.isEmpty && this.#readHead()
      case EXCHANGE:
        return this.#isReading && !this.#isBodyBroken && !this.#parser.isComplete && !this.#incoming.isEmpty && this.#readBody()
      case ANSWERED:
        if (!this.#parser.isComplete) return !this.#incoming.isEmpty && this.#readBody()
        this.#beginNext()
        return true
      default:
        return false
    }
  }

  #readHead (): boolean {
    const incoming = this.#incoming
    try {
      incoming.moveTo(this.#parser.readHead(incoming.bytes, incoming.at))
    } catch (error) {
      if (!(error instanceof MessageError)) throw error
      this.#refuse(error.code)
      return false
    }
    const { request } = this.#parser
    if (request === undefined) return true
    this.#setLimit(NO_LIMIT, 0)
    if (request.head.method === 'CONNECT') {
      this.#refuse('connect')
      return false
    }
    const exchange = this.#exchange = new Http1Exchange(this, request)
    this.#state = EXCHANGE
    try {
      this.#host.onExchange(exchange)
    } catch (error) {
      this.#host.onThrown(error)
      this.socket.destroy()
    }
    return true
  }

  #readBody (): boolean {
    const incoming = this.#incoming
    const exchange = this.#isDropping ? undefined : this.#exchange
    try {
      incoming.moveTo(this.#parser.readBody(incoming.bytes, incoming.at, this.#onPiece))
    } catch (error) {
      if (!(error instanceof MessageError)) throw error
      this.#isBodyBroken = true
      incoming.drop()
      if (this.#state === ANSWERED) this.#end()
      else exchange?.deliverBodyError(error)
      return false
    }
    if (this.#parser.isComplete) {
      if (this.#limit === REST_OF_BODY) this.#setLimit(NO_LIMIT, 0)
      if (exchange !== undefined && !exchange.isEnded) exchange.deliverBodyEnd(this.#parser.trailers)
    }
    return true
  }

  readonly #onPiece = (piece: Buffer): void => {
    if (!this.#isDropping) this.#exchange?.deliverBody(piece)
  }

  /** The client has its whole response. */
  #onAnswered (): void {
    const exchange = this.#exchange as Http1Exchange
    this.#exchange = undefined
    this.#state = ANSWERED
    const isLast = exchange.isLast || this.#host.isDraining || this.#isBodyBroken
    exchange.finish(true)
    if (this.#state !== ANSWERED) return
    if (isLast) return this.#end()
    this.discardBody()
    this.#run()
  }

  #beginNext (): void {
    this.#parser.next()
    this.#state = HEAD
    this.#isReading = false
    this.#isDropping = false
    this.#incoming.isHeld = false
  }

  /** After a round of steps: reads on, notices that a client has ended its side, and limits how long it is waited for. */
  #settle (): void {
    const incoming = this.#incoming
    if (!incoming.isEmpty) return
    if (this.#state === HEAD) {
      if (this.#hasEnded) return this.#parser.hasPartOfHead ? this.#refuse('truncated') : this.#end()
      if (this.#parser.hasPartOfHead) {
        if (this.#limit !== WHOLE_HEAD) this.#setLimit(WHOLE_HEAD, this.#host.headerTimeoutMs)
      } else if (this.#limit === NO_LIMIT) {
        this.#setLimit(IDLE, this.#host.keepAliveTimeoutMs)
      }
    } else if (this.#hasEnded && this.#exchange?.upgrade === undefined && this.#hasLeft()) {
      this.socket.destroy()
    }
    incoming.readOn()
  }

  /** Whether a client that has ended its side wants no response: it cannot, where its request is not whole. */
  #hasLeft (): boolean {
    switch (this.#state) {
      case EXCHANGE: return this.#parser.isComplete ? this.#host.abortOnClientEnd : !this.#isDropping
      case ANSWERED: return true
      default: return false
    }
  }

  #onClientEnd (): void {
    this.#hasEnded = true
    if (this.#state === GIVEN_AWAY) this.#tunnel?.onBytesEnd()
    else if (this.#state === LINGERING) this.socket.destroy()
    else if (!this.#isRunning) this.#settle()
  }

  /** Answers bytes that are no request, or the lack of one, and ends the connection. */
  #refuse (code: Refused, isReported = true): void {
    const { reason, error } = refusalFor(code)
    if (isReported) this.#host.refusals.report({ reason, statusCode: error.statusCode, code, client: this.peer.address })
    this.writer.sendText(refusalText(error))
    this.#state = ANSWERED
    this.#isBodyBroken = true
    this.#end()
  }

  /** Ends the connection after what has been written. With unread input, closing it at once would reset it, and could destroy the response. */
  #end (): void {
    const { socket } = this
    const mayComeMore = this.#isBodyBroken || !this.#parser.isComplete || !this.#incoming.isEmpty
    this.#incoming.drop()
    if (!mayComeMore || this.#hasEnded) {
      if (socket.writableLength === 0) socket.destroy()
      else socket.destroySoon()
      return
    }
    this.#state = LINGERING
    this.#lingersUntil = this.#host.clock.now() + dropMs
    socket.end()
    this.#linger()
    this.#incoming.readOn()
  }

  #linger (): void {
    this.#setLimit(LINGER, Math.min(lingerStepMs, this.#lingersUntil - this.#host.clock.now()))
  }

  /** 0 lifts the limit. */
  #setLimit (limit: number, delayMs: number): void {
    this.#limit = limit
    if (delayMs === 0) this.#deadline.lift()
    else this.#deadline.set(delayMs)
  }

  #onDeadline (): void {
    switch (this.#limit) {
      case FIRST_BYTE: return this.#refuse('timeout', false)
      case WHOLE_HEAD: return this.#refuse('timeout')
      case REST_OF_BODY:
        // A response that is still on its way is the last one.
        this.#isBodyBroken = true
        this.#incoming.hold()
        if (this.#state === ANSWERED) this.socket.destroy()
        return
      default: this.socket.destroy()
    }
  }

  #onClose (): void {
    const wasGivenAway = this.#state === GIVEN_AWAY
    this.#state = CLOSED
    this.#deadline.end()
    this.#incoming.drop()
    this.#host.forget(this)
    const exchange = this.#exchange
    this.#exchange = undefined
    exchange?.finish(wasGivenAway)
  }
}

function ignore (): void {}
