import type { Socket } from 'node:net'
import { MessageError } from '../../http1/message-error.ts'
import { RequestParser } from '../../http1/request-parser.ts'
import { BodyReader } from './body-reader.ts'
import { Http1Socket } from './http1-socket.ts'
import { ANSWERED, ENDING, EXCHANGE, GIVEN_AWAY, HEAD } from './connection-state.ts'
import { Http1Exchange, type ExchangeOwner } from './exchange.ts'
import type { ConnectionHost } from '../connection-host.ts'
import { Incoming } from './incoming.ts'
import { Limits } from './limits.ts'
import { endAfterWrites, linger } from '../lingering.ts'
import type { Refused } from './refusal.ts'

/**
 * One client's connection, for one request at a time: the next head is parsed when the response before it has left. What comes
 * meanwhile is left in the kernel, but for the first piece of it, by which a client that leaves is noticed.
 */
export class Http1Connection extends Http1Socket implements ExchangeOwner {
  readonly #parser = new RequestParser()
  readonly #incoming: Incoming
  readonly #body: BodyReader
  readonly #limits: Limits
  readonly #onLeave: (connection: Http1Connection) => void
  #state: number = HEAD
  #exchange: Http1Exchange | undefined
  #isRunning = false
  #hasEnded = false

  constructor (host: ConnectionHost, socket: Socket, onLeave: (connection: Http1Connection) => void, transport = socket) {
    super(host, socket, transport)
    this.#onLeave = onLeave
    this.#incoming = new Incoming(socket)
    this.#body = new BodyReader(this.#parser, this.#incoming)
    this.#limits = new Limits(host, () => { this.#onLimit() })
    socket.on('data', this.#onData)
    socket.on('drain', this.#onDrain)
    socket.on('end', this.#onClientEnd)
    socket.on('close', () => { this.#onClose() })
  }

  get isIdle (): boolean {
    return this.#state === HEAD || this.#state === ANSWERED || this.#state === ENDING
  }

  get tunnels (): number { return this.#state === GIVEN_AWAY ? 1 : 0 }

  get hasPartOfHead (): boolean { return this.#state === HEAD && this.#parser.hasPartOfHead }

  /** A head that has begun to come is waited for, and a client that is being told that its request is refused. */
  drain (): void {
    if (this.#state === HEAD && !this.#parser.hasPartOfHead) this.socket.destroy()
  }

  get mayContinue (): boolean {
    return !this.host.isDraining && !this.#body.isBroken && !(this.#hasEnded && this.#incoming.isEmpty)
  }

  readBody (): void {
    this.#body.read()
    // What has come with the head is delivered at once, so that it can go on with it.
    if (this.#isRunning) while (this.#state === EXCHANGE && this.#body.step()) { /* goes on */ }
    else this.#run()
  }

  holdBody (): void {
    this.#body.hold()
  }

  discardBody (): void {
    if (this.#parser.isComplete || this.#body.isDropping) return
    this.#limits.waitForRestOfBody()
    this.#body.drop()
    this.#run()
  }

  onResponseEnd (): void {
    // Less than the high-water mark is as good as gone: no 'drain' follows it.
    if (this.socket.writableLength === 0 || !this.socket.writableNeedDrain) this.#onAnswered()
  }

  giveAway (): { early: Buffer[], hasEnded: boolean } {
    this.#leave(GIVEN_AWAY)
    return { early: this.#incoming.takeAll(), hasEnded: this.#hasEnded }
  }

  readonly #onData = (chunk: Buffer): void => {
    const exchange = this.#exchange
    this.#incoming.isEarly = exchange?.upgrade !== undefined
    this.#incoming.add(chunk)
    if (exchange !== undefined && !this.#parser.isComplete) exchange.awaitsContinue = false
    if (this.#body.isDropping && this.#limits.isForBody) this.#limits.onRestOfBody()
    this.#run()
  }

  readonly #onDrain = (): void => {
    this.writer.onDrain()
    if (this.#exchange?.isResponseComplete === true) this.#onAnswered()
    else this.#exchange?.deliverDrain()
  }

  readonly #onClientEnd = (): void => {
    this.#hasEnded = true
    this.#run()
  }

  /** Deals with what has come, as far as that is possible now. What happens on the way is gone on with from here: there is no recursion. */
  #run (): void {
    if (this.#isRunning) return
    this.#isRunning = true
    try {
      while (this.#step()) { /* goes on */ }
      this.#settle()
    } catch (error) {
      if (!(error instanceof MessageError) || this.#state !== HEAD) this.fail(error)
      else if (error.code !== 'http2-preface' || !this.#switchToHttp2()) this.#refuse(error.code)
    }
    this.#isRunning = false
  }

  /** Returns false when nothing can be done before something else happens. */
  #step (): boolean {
    switch (this.#state) {
      case HEAD: return !this.#incoming.isEmpty && this.#readHead()
      case EXCHANGE: return this.#body.step()
      case ANSWERED: return this.#parser.isComplete ? this.#beginNext() : this.#body.step()
      default: return false
    }
  }

  #readHead (): boolean {
    const incoming = this.#incoming
    incoming.moveTo(this.#parser.readHead(incoming.bytes, incoming.at))
    const { request } = this.#parser
    if (request === undefined) return true
    this.#limits.lift()
    if (request.head.method === 'CONNECT') return this.#refuse('connect')
    const exchange = new Http1Exchange(this, request)
    if (!incoming.isEmpty) exchange.awaitsContinue = false
    this.#exchange = exchange
    this.#state = EXCHANGE
    this.#body.begin(exchange)
    this.host.onExchange(exchange)
    return true
  }

  /** The client has its whole response. */
  #onAnswered (): void {
    const exchange = this.#exchange as Http1Exchange
    this.#exchange = undefined
    this.#state = ANSWERED
    if (!this.#parser.isComplete) this.discardBody()
    exchange.finish(true)
    // Its listener may have ended the connection.
    if (this.#state !== ANSWERED || this.socket.destroyed) return
    if (exchange.isLast || this.host.isDraining || this.#body.isBroken) this.#end()
    else this.#run()
  }

  #beginNext (): boolean {
    this.#parser.next()
    this.#state = HEAD
    this.#limits.lift()
    return true
  }

  /** After a round of steps: reads on, notices that a client has ended its side, and limits how long it is waited for. */
  #settle (): void {
    if (this.#state === ANSWERED && this.#body.isBroken) return this.#end()
    if (!this.#incoming.isEmpty) return this.#incoming.slowDown()
    if (this.#hasEnded) this.#settleEnd()
    if (this.#state === HEAD) {
      if (this.#parser.hasPartOfHead) this.#limits.waitForHead()
      else this.#limits.waitForRequest()
    }
    this.#incoming.readOn()
  }

  /** All that the client will ever send has been dealt with. */
  #settleEnd (): void {
    switch (this.#state) {
      case HEAD:
        if (this.#parser.hasPartOfHead) this.#refuse('truncated')
        else this.#end()
        return
      case EXCHANGE:
        if (this.#exchange?.upgrade !== undefined) return
        // Where its request is not whole, it cannot want a response.
        if (this.#parser.isComplete ? this.host.abortOnClientEnd : !this.#body.isDropping) this.socket.destroy()
        return
      case ANSWERED:
        this.#end()
    }
  }

  /** The client has begun with the preface of HTTP/2. Returns false where that is not spoken. */
  #switchToHttp2 (): boolean {
    if (!this.host.speaksHttp2 || this.isSecure || this.#hasEnded || this.socket.bytesWritten > 0) return false
    this.#onLeave(this)
    this.host.serveHttp2(this.socket, this.socket, this.giveAway().early)
    return true
  }

  /** Answers bytes that are no request, or the lack of one, and ends the connection. Returns false: nothing follows. */
  #refuse (code: Refused): false {
    this.answerRefused(code)
    this.#body.isBroken = true
    this.#end()
    return false
  }

  /** Ends the connection after what has been written. */
  #end (): void {
    const mayComeMore = !this.#hasEnded && (this.#body.isBroken || !this.#parser.isComplete || !this.#incoming.isEmpty)
    this.#leave(ENDING)
    this.#incoming.drop()
    if (mayComeMore) linger(this.socket, this.host.clock)
    else endAfterWrites(this.socket, this.host.clock)
    this.#incoming.readOn()
  }

  /** Others deal with the socket from now on. */
  #leave (state: typeof ENDING | typeof GIVEN_AWAY): void {
    this.#state = state
    this.#limits.end()
    this.socket.off('data', this.#onData).off('drain', this.#onDrain).off('end', this.#onClientEnd)
  }

  #onLimit (): void {
    if (this.#limits.isForHead) {
      this.#refuse('timeout')
    } else if (this.#limits.isForBody && this.#state === EXCHANGE) {
      if (this.#parser.isComplete) return
      // The response that is still to come, or on its way, is the last one.
      this.#body.isBroken = true
      this.#incoming.hold()
    } else {
      this.socket.destroy()
    }
  }

  #onClose (): void {
    this.#onLeave(this)
    const wasGivenAway = this.#state === GIVEN_AWAY
    this.#limits.end()
    this.#incoming.drop()
    const exchange = this.#exchange
    this.#exchange = undefined
    exchange?.finish(wasGivenAway)
  }
}
