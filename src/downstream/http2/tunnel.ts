import type { ClientTunnel, ClientTunnelListener } from '../client-exchange.ts'
import type { BodyTaker } from '../../http2/incoming-body.ts'

/** The stream that a tunnel is of. */
export interface TunnelStream {
  readonly isEnded: boolean
  readBody (): void
  holdBody (): void
  writeBytes (bytes: Buffer): boolean
  endBytes (): void
  cut (): void
  onThrown (error: unknown): void
}

/** Bytes both ways on a stream (RFC 8441 section 5). */
export class Http2Tunnel implements ClientTunnel, BodyTaker {
  readonly #stream: TunnelStream
  #listener: ClientTunnelListener | undefined

  constructor (stream: TunnelStream) {
    this.#stream = stream
  }

  get listener (): ClientTunnelListener {
    if (this.#listener === undefined) throw new Error('the tunnel has no listener yet')
    return this.#listener
  }

  set listener (listener: ClientTunnelListener) {
    this.#listener = listener
    this.#stream.readBody()
  }

  write (bytes: Buffer): boolean {
    return this.#stream.writeBytes(bytes)
  }

  end (): void {
    this.#stream.endBytes()
  }

  pause (): void {
    this.#stream.holdBody()
  }

  resume (): void {
    this.#stream.readBody()
  }

  destroy (): void {
    this.#stream.cut()
  }

  onBody (bytes: Buffer): void {
    this.#listener?.onBytes(bytes)
  }

  onBodyEnd (): void {
    this.#listener?.onBytesEnd()
  }

  onThrown (error: unknown): void {
    this.#stream.onThrown(error)
  }

  deliverDrain (): void {
    this.#listener?.onDrain()
  }
}
