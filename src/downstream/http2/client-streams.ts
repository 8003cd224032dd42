import { Budget } from '../../base/budget.ts'
import { ClosedStreams } from '../../http2/closed-streams.ts'
import type { ConnectionOutput } from '../../http2/connection-output.ts'
import { ConnectionError, NO_ERROR } from '../../http2/errors.ts'
import { ConnectionWindows } from '../../http2/connection-windows.ts'
import type { ConnectionHost } from '../connection-host.ts'
import type { Http2Exchange, StreamOwner } from './exchange.ts'
import { resets } from './limits.ts'

/** What the streams need of the connection that they are on. */
export interface StreamsConnection extends Pick<StreamOwner, 'peer' | 'ends' | 'socket' | 'withHsts'> {
  /** The last stream is over. */
  onIdle (): void
}

/** The streams of one client that are open, those that were closed last, and their windows. */
export class ClientStreams implements StreamOwner {
  readonly output: ConnectionOutput
  readonly open = new Map<number, Http2Exchange>()
  readonly closed = new ClosedStreams()
  readonly windows: ConnectionWindows
  readonly #connection: StreamsConnection
  readonly #host: ConnectionHost
  readonly #resets: Budget
  #new: Http2Exchange[] = []

  constructor (connection: StreamsConnection, host: ConnectionHost, output: ConnectionOutput) {
    this.#connection = connection
    this.#host = host
    this.output = output
    const { connectionWindowBytes, maxStreams } = host.http2
    // Streams that stand still after they have grown leave half of it to the others.
    this.windows = new ConnectionWindows(output, this.open, connectionWindowBytes, Math.floor(connectionWindowBytes / 2))
    this.#resets = new Budget(host.clock, resets.perStream * maxStreams, resets.perSecond)
  }

  get peer (): StreamsConnection['peer'] { return this.#connection.peer }
  get ends (): StreamsConnection['ends'] { return this.#connection.ends }
  withHsts (lines: string): string { return this.#connection.withHsts(lines) }
  get socket (): StreamsConnection['socket'] { return this.#connection.socket }
  get clock (): ConnectionHost['clock'] { return this.#host.clock }
  get streamWindowBytes (): number { return this.#host.http2.streamWindowBytes }

  /**
   * Of a response that is on its way, a client that reads has the end before we know: it does not count, unless there are so many that
   * the client cannot be reading.
   */
  get mayOpen (): boolean {
    const { maxStreams } = this.#host.http2
    const { size } = this.open
    return size - this.output.unsentStreams < maxStreams && size < 2 * maxStreams
  }

  add (exchange: Http2Exchange): void {
    this.open.set(exchange.streamId, exchange)
    this.#new.push(exchange)
  }

  /** All that came together has been read: a request that its client took back in the same breath never begins, and costs no backend. */
  serveNew (): void {
    if (this.#new.length === 0) return
    const exchanges = this.#new
    this.#new = []
    for (const exchange of exchanges) if (!exchange.isEnded) this.#host.onExchange(exchange)
  }

  resetStream (exchange: Http2Exchange, errorCode: number): void {
    this.#sendReset(exchange.streamId, errorCode)
    this.#forget(exchange, true, false)
  }

  onResponseSent (exchange: Http2Exchange): void {
    const { isComplete } = exchange.incoming
    // RFC 9113 section 8.1: the rest of the request is of no use, which does not make the response less whole.
    if (!isComplete) this.#sendReset(exchange.streamId, NO_ERROR)
    this.#forget(exchange, !isComplete, true)
    this.#resets.earn()
  }

  /** The client has reset it. Throws a ConnectionError when it does so too often. */
  onReset (exchange: Http2Exchange): void {
    this.#forget(exchange, false, false)
    this.#spendReset()
  }

  /** Resets a stream for what its client has done. Throws a ConnectionError when that happens too often. */
  refuse (streamId: number, errorCode: number): void {
    const exchange = this.open.get(streamId)
    if (exchange !== undefined) {
      this.resetStream(exchange, errorCode)
    } else {
      this.#sendReset(streamId, errorCode)
      this.closed.add(streamId, true)
    }
    this.#spendReset()
  }

  /** Ends all: the connection is over. */
  end (): void {
    for (const [streamId, exchange] of this.open) {
      this.open.delete(streamId)
      exchange.finish(false)
    }
  }

  #sendReset (streamId: number, errorCode: number): void {
    this.output.frames.reset(streamId, errorCode)
    this.output.schedule()
  }

  #forget (exchange: Http2Exchange, isResetByUs: boolean, isWhole: boolean): void {
    this.open.delete(exchange.streamId)
    this.closed.add(exchange.streamId, isResetByUs)
    exchange.finish(isWhole)
    if (this.open.size === 0) this.#connection.onIdle()
  }

  #spendReset (): void {
    if (!this.#resets.spend()) throw new ConnectionError('too-many-resets')
  }
}
