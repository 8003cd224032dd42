import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

interface Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

/**
 * Bounds the connections of a server. One too many takes the place of the connection that has been idle longest, so that
 * clients which open connections and say nothing lock nobody out; while none is idle, the new one is refused. `onRefused` is
 * called for each connection that ends before it has brought a whole request.
 */
export class BoundedConnections {
  readonly #max: number
  readonly #onRefused: () => void
  /** With the last request of each; the one that was used last comes last. */
  readonly #connections = new Map<Socket, Exchange | undefined>()

  constructor (max: number, onRefused: () => void) {
    this.#max = max
    this.#onRefused = onRefused
  }

  watch (server: Server): void {
    server.on('connection', (socket) => { this.#add(socket) })
    server.prependListener('request', (req, res) => { this.#touch(req.socket, { req, res }) })
  }

  get size (): number {
    return this.#connections.size
  }

  #add (socket: Socket): void {
    if (this.#connections.size >= this.#max && !this.#endIdleOne()) {
      socket.destroy()
      this.#onRefused()
      return
    }
    this.#connections.set(socket, undefined)
    socket.once('close', () => { this.#connections.delete(socket) })
  }

  #touch (socket: Socket, exchange: Exchange): void {
    if (!this.#connections.delete(socket)) return
    this.#connections.set(socket, exchange)
  }

  #endIdleOne (): boolean {
    for (const [socket, exchange] of this.#connections) {
      if (exchange !== undefined && isInUse(exchange)) continue
      this.#connections.delete(socket)
      socket.destroy()
      // The end of a connection that was kept for a next request is no news.
      if (exchange?.req.complete !== true) this.#onRefused()
      return true
    }
    return false
  }
}

/**
 * Whether a request is being worked on, events that are being sent included. One that is still arriving, or whose answer
 * waits to be read, is not: for either only the client is to blame.
 */
function isInUse ({ req, res }: Exchange): boolean {
  return req.complete && !res.writableEnded && !res.destroyed
}
