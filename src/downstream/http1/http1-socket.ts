import type { Socket } from 'node:net'
import { ClientSocket } from '../client-socket.ts'
import type { ConnectionHost } from '../connection-host.ts'
import { refusalFor, refusalText, type Refused } from './refusal.ts'
import { ResponseWriter } from './response-writer.ts'

const closeLine = 'Connection: close\r\n'

/** The socket of one client that speaks HTTP/1.x. */
export abstract class Http1Socket extends ClientSocket {
  readonly writer: ResponseWriter

  constructor (host: ConnectionHost, socket: Socket, transport: Socket) {
    super(host, socket, transport)
    this.writer = new ResponseWriter(socket)
  }

  connectionLines (keeps: boolean): string {
    return keeps ? this.host.keepAliveLines : closeLine
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
