import type { Socket } from 'node:net'
import type { Answerable } from '../../base/contain.ts'
import type { ClientTunnel, ClientTunnelListener } from '../client-exchange.ts'

/** When the client has not taken in more than this, in bytes, the next pieces wait for it. */
const maxUnsentBytes = 16_384

/** Bytes both ways after a 101. What its listener throws goes to `answerable`, which is the exchange's listener. */
export class Http1Tunnel implements ClientTunnel {
  readonly #socket: Socket
  readonly #answerable: Answerable
  #listener: ClientTunnelListener | undefined
  /** What came before there was a listener. */
  #early: Buffer[]
  #hasEarlyEnd: boolean
  #isPaused = false

  constructor (socket: Socket, answerable: Answerable, early: Buffer[], hasEnded: boolean) {
    this.#socket = socket
    this.#answerable = answerable
    this.#early = early
    this.#hasEarlyEnd = hasEnded
    socket.setNoDelay(true)
    socket.on('data', (bytes: Buffer) => { this.#onBytes(bytes) })
    socket.on('end', () => { this.#onBytesEnd() })
    socket.on('drain', () => { this.#contain(() => { this.#listener?.onDrain() }) })
  }

  get listener (): ClientTunnelListener {
    if (this.#listener === undefined) throw new Error('the tunnel has no listener yet')
    return this.#listener
  }

  set listener (listener: ClientTunnelListener) {
    this.#listener = listener
    this.#deliverEarly()
    if (!this.#isPaused) this.#socket.resume()
  }

  write (bytes: Buffer): boolean {
    if (!this.#socket.writable) return true
    this.#socket.write(bytes)
    return this.#socket.writableLength <= maxUnsentBytes
  }

  end (): void {
    this.#socket.end()
  }

  pause (): void {
    this.#isPaused = true
    this.#socket.pause()
  }

  resume (): void {
    this.#isPaused = false
    this.#deliverEarly()
    if (!this.#isPaused) this.#socket.resume()
  }

  destroy (): void {
    this.#socket.destroy()
  }

  #onBytes (bytes: Buffer): void {
    const listener = this.#listener
    if (listener === undefined) this.#early.push(bytes)
    else this.#contain(() => { listener.onBytes(bytes) })
  }

  #onBytesEnd (): void {
    const listener = this.#listener
    if (listener === undefined || this.#early.length > 0) this.#hasEarlyEnd = true
    else this.#contain(() => { listener.onBytesEnd() })
  }

  #deliverEarly (): void {
    for (let bytes; !this.#isPaused && (bytes = this.#early.shift()) !== undefined;) this.#onBytes(bytes)
    if (this.#early.length > 0 || !this.#hasEarlyEnd) return
    this.#hasEarlyEnd = false
    this.#onBytesEnd()
  }

  #contain (task: () => void): void {
    try {
      task()
    } catch (error) {
      this.#answerable.onThrown(error)
    }
  }
}
