import { Duplex } from 'node:stream'
import type { Socket } from 'node:net'

/** What owners see of the connection of a request, in place of the socket that carries other requests too. */
export abstract class SocketView extends Duplex {
  protected readonly original: Socket
  readonly encrypted: boolean

  constructor (original: Socket, isSecure: boolean) {
    super({ allowHalfOpen: true })
    this.original = original
    this.encrypted = isSecure
  }

  get remoteAddress (): string | undefined { return this.original.remoteAddress }
  get remotePort (): number | undefined { return this.original.remotePort }
  get remoteFamily (): string | undefined { return this.original.remoteFamily }
  get localAddress (): string | undefined { return this.original.localAddress }
  get localPort (): number | undefined { return this.original.localPort }
  get bytesRead (): number { return this.original.bytesRead }
  get bytesWritten (): number { return this.original.bytesWritten }

  setNoDelay (noDelay?: boolean): this {
    this.original.setNoDelay(noDelay)
    return this
  }

  setKeepAlive (enable?: boolean, initialDelayMs?: number): this {
    this.original.setKeepAlive(enable, initialDelayMs)
    return this
  }

  ref (): this { return this }
  unref (): this { return this }
}
