import type { Socket } from 'node:net'
import type { OwnerExchange } from '../owner-exchange.ts'
import { SocketView } from '../socket-view.ts'

type Done = (error?: Error | null) => void

/**
 * The connection of a request that asks for another protocol, as an 'upgrade' listener gets it. It is taken out of HTTP when it
 * is first read or written: until then the request can be answered, and forwarded, like any other.
 */
export class OfferedSocket extends SocketView {
  readonly #exchange: OwnerExchange
  #taken: Socket | undefined
  #onDrained: Done | undefined

  constructor (exchange: OwnerExchange) {
    super(exchange.socket, exchange.connection.peer.isSecure)
    this.#exchange = exchange
    this.original.once('close', () => { this.destroy() })
  }

  /** Somebody has used it, or has refused the request by ending or destroying it. */
  get isTaken (): boolean {
    return this.#taken !== undefined || this.destroyed || this.writableEnded
  }

  /** Takes it for those who have begun to listen for its bytes, which it would read a tick later. */
  takeForReaders (): void {
    if (this.readableFlowing === true || this.listenerCount('data') > 0 || this.listenerCount('readable') > 0) this.read(0)
  }

  setTimeout (timeoutMs: number, callback?: () => void): this {
    if (callback !== undefined) this.once('timeout', callback)
    this.original.setTimeout(timeoutMs)
    return this
  }

  override _read (): void {
    this.#take()?.resume()
  }

  override _write (bytes: Buffer, _encoding: BufferEncoding, callback: Done): void {
    const socket = this.#take()
    if (socket === undefined) return callback(new Error('the request has been answered already'))
    if (socket.write(bytes)) callback()
    else this.#onDrained = callback
  }

  override _final (callback: Done): void {
    this.#take()?.end()
    callback()
  }

  override _destroy (error: Error | null, callback: Done): void {
    // Its connection goes on to carry other requests, once this one is over.
    if (this.#taken !== undefined) this.#taken.destroy()
    else if (!this.#exchange.isEnded) this.original.destroy()
    callback(this.listenerCount('error') === 0 ? null : error)
  }

  #take (): Socket | undefined {
    if (this.#taken !== undefined || this.#exchange.isEnded || this.#exchange.hasBegun) return this.#taken
    const { socket, head } = this.#exchange.detach()
    this.#taken = socket
    socket.pause()
    socket.on('data', (bytes: Buffer) => { if (!this.push(bytes)) socket.pause() })
    socket.on('end', () => { this.push(null) })
    socket.on('drain', () => {
      const callback = this.#onDrained
      this.#onDrained = undefined
      callback?.()
    })
    socket.on('timeout', () => { this.emit('timeout') })
    if (head.length > 0) this.push(head)
    return socket
  }
}
