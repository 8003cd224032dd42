import type { Clock } from '../../base/clock.ts'
import { Deadline } from '../../base/deadline.ts'
import type { ClientExchange } from '../client-exchange.ts'
import { SocketView } from '../socket-view.ts'
import type { Socket } from 'node:net'

/**
 * The `socket` of a request by HTTP/2, as owners see it: it tells of its connection, and to destroy it resets the stream alone. It
 * can be neither read nor written, as by node:http2.
 */
export class StreamSocket extends SocketView {
  readonly #exchange: ClientExchange
  readonly #clock: Clock
  #timeoutMs = 0
  #deadline: Deadline | undefined

  constructor (exchange: ClientExchange, socket: Socket, clock: Clock) {
    super(socket, exchange.connection.peer.isSecure)
    this.#exchange = exchange
    this.#clock = clock
  }

  /** Emits 'timeout' after so long without traffic of the stream. */
  setTimeout (timeoutMs: number, callback?: () => void): this {
    if (callback !== undefined) this.once('timeout', callback)
    this.#timeoutMs = timeoutMs
    this.#deadline ??= new Deadline(this.#clock, () => { this.emit('timeout') })
    if (timeoutMs === 0) this.#deadline.lift()
    else this.#deadline.set(timeoutMs)
    return this
  }

  /** There is traffic. */
  touch (): void {
    if (this.#timeoutMs > 0) this.#deadline?.set(this.#timeoutMs)
  }

  /** The stream is over. */
  settle (): void {
    this.#deadline?.end()
    this.destroy()
  }

  override _read (): void {}

  override _write (_bytes: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    callback(new Error('the connection carries other requests too: write to the response'))
  }

  override _destroy (error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.#exchange.isEnded) this.#exchange.reset('cut')
    callback(this.listenerCount('error') === 0 ? null : error)
  }
}
