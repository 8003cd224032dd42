import type { Socket } from 'node:net'
import type { StatedEnds } from '../proxy-protocol/ends.ts'
import type { ClientConnection } from './client-exchange.ts'
import { endsOf } from './connection-ends.ts'
import type { ConnectionHost } from './connection-host.ts'
import { ignore } from './ignore.ts'
import { describePeer, type Peer } from './trust.ts'

/** The connection of one client, with what is the same for all requests that come by it. */
export abstract class ClientSocket implements ClientConnection {
  readonly socket: Socket
  readonly isSecure: boolean
  protected readonly host: ConnectionHost
  /** The TCP connection: `socket`, or what is below its TLS. */
  readonly #transport: Socket
  #peer: Peer | undefined

  constructor (host: ConnectionHost, socket: Socket, transport: Socket) {
    this.host = host
    this.socket = socket
    this.#transport = transport
    this.isSecure = transport !== socket
    // What went wrong shows in 'close', which follows.
    socket.on('error', ignore)
  }

  get peer (): Peer {
    return (this.#peer ??= describePeer(this.socket, this.host.trust))
  }

  get ends (): StatedEnds | undefined {
    return endsOf(this.socket)
  }

  /** RFC 6797 section 7: it is said by TLS only, and once. */
  withHsts (lines: string): string {
    const { hstsLine } = this.host
    return hstsLine === '' || !this.isSecure || /^strict-transport-security:/im.test(lines) ? lines : lines + hstsLine
  }

  cut (byReset: boolean): void {
    const { socket } = this
    // Without a remote port it is not TCP's, or gone already, and cannot be reset.
    if (!byReset || socket.remotePort === undefined) {
      socket.destroy()
      return
    }
    // To destroy what is above it at once would close it in good order.
    if (this.isSecure) this.#transport.once('close', () => { socket.destroy() })
    this.#transport.resetAndDestroy()
  }

  /** No request is in flight; a head that is not whole is none. */
  abstract readonly isIdle: boolean
  /** A request has begun to come. */
  abstract readonly hasPartOfHead: boolean
  /** What has left HTTP on it: by HTTP/1.1 that is all of it, and may be an owner's. */
  abstract readonly tunnels: number

  /** Its next response is to be the last one. By HTTP/1.1, that response says so. */
  announceEnd (): void {}

  /** Ends it as soon as nothing is lost by that. */
  abstract drain (): void

  closeIfIdle (): void {
    if (this.isIdle) this.socket.destroy()
  }

  closeTunnels (): void {
    if (this.tunnels > 0) this.socket.destroy()
  }

  /** Something threw, which is the gateway's own fault. */
  protected fail (error: unknown): void {
    this.socket.destroy()
    this.host.onThrown(error)
  }
}
