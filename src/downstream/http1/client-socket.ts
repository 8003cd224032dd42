import type { Socket } from 'node:net'
import type { ClientConnection } from '../client-exchange.ts'
import { describePeer, type Peer } from '../trust.ts'
import type { ConnectionHost } from './host.ts'
import { ignore } from './ignore.ts'
import { refusalFor, refusalText, type Refused } from './refusal.ts'
import { ResponseWriter } from './response-writer.ts'

const closeLine = 'Connection: close\r\n'

/** The socket of one client, with what is the same for all requests that come by it. */
export class ClientSocket implements ClientConnection {
  readonly socket: Socket
  readonly writer: ResponseWriter
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
    this.writer = new ResponseWriter(socket)
    // What went wrong shows in 'close', which follows.
    socket.on('error', ignore)
  }

  get peer (): Peer {
    return (this.#peer ??= describePeer(this.socket, this.host.trust))
  }

  connectionLines (keeps: boolean): string {
    return keeps ? this.host.keepAliveLines : closeLine
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

  /** Something threw, which is the gateway's own fault. */
  protected fail (error: unknown): void {
    this.socket.destroy()
    this.host.onThrown(error)
  }

  /** Answers bytes that are no request, or the lack of one. */
  protected answerRefused (code: Refused): void {
    const { reason, error } = refusalFor(code)
    const word = code === 'connect' || code === 'timeout' ? undefined : code
    // Browsers open connections that they may never use: without a byte, there is no request.
    if (this.socket.bytesRead > 0) {
      this.host.refusals.report({ reason, statusCode: error.statusCode, code: word, client: this.peer.address })
    }
    this.writer.sendText(refusalText(error))
  }
}
