import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

interface Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

/**
 * Bounds the connections of a server. At the limit, a new connection replaces the one that has been idle longest, so that
 * silent connections cannot lock others out; if none is idle, the new one is refused. `onRefused` is called for each
 * connection that is ended before it has sent a complete request.
 */
export class BoundedConnections {
  readonly #max: number
  readonly #onRefused: () => void
  /** With the last request of each, least recently used first. */
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
      // Closing a connection that was only kept alive refuses nothing.
      if (exchange?.req.complete !== true) this.#onRefused()
      return true
    }
    return false
  }
}

/**
 * Whether a request is being worked on, event streams included. A request that is still arriving, or whose response is
 * waiting to be read, does not count: both depend on the client alone.
 */
function isInUse ({ req, res }: Exchange): boolean {
  return req.complete && !res.writableEnded && !res.destroyed
}
