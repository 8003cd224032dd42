import { Server, type AddressInfo, type Socket } from 'node:net'
import type { BoundListener, ListenerName, PlannedListener } from './messages.ts'

/** A listener that cannot be bound. */
export class UnboundError extends Error {
  readonly listener: ListenerName
  readonly code: string
  readonly address: string
  readonly port: number

  constructor ({ name, host, port }: PlannedListener, cause: Error & { code?: string }) {
    super(`${name} listener: ${cause.message}`, { cause })
    this.listener = name
    this.code = cause.code ?? 'UNKNOWN'
    this.address = host
    this.port = port
  }
}

/** The listeners of the gateway: bound once, and kept while children come and go. */
export class Doors {
  readonly #servers = new Map<string, Server>()
  readonly #onConnection: (listener: ListenerName, socket: Socket) => void

  constructor (onConnection: (listener: ListenerName, socket: Socket) => void) {
    this.#onConnection = onConnection
  }

  /**
   * Binds what is not bound yet, and resolves with all of `planned` as it is bound. Rejects with an `UnboundError` for the first that
   * cannot be; what was bound for this plan is let go then.
   */
  async open (planned: readonly PlannedListener[]): Promise<BoundListener[]> {
    const bound: BoundListener[] = []
    const fresh: PlannedListener[] = []
    for (const listener of planned) {
      let server = this.#servers.get(keyOf(listener))
      if (server === undefined) {
        try {
          server = await this.#bind(listener)
        } catch (error) {
          for (const other of fresh) this.#close(keyOf(other))
          throw new UnboundError(listener, error as Error)
        }
        fresh.push(listener)
        this.#servers.set(keyOf(listener), server)
      }
      const { address, port } = server.address() as AddressInfo
      bound.push({ name: listener.name, address, port })
    }
    return bound
  }

  /** Closes those that are not of this plan. */
  keepOnly (planned: readonly PlannedListener[]): void {
    const kept = new Set(planned.map(keyOf))
    for (const key of [...this.#servers.keys()]) if (!kept.has(key)) this.#close(key)
  }

  /** Accepts no more by these. */
  close (...names: readonly ListenerName[]): void {
    for (const key of [...this.#servers.keys()]) if (names.some((name) => key.startsWith(`${name} `))) this.#close(key)
  }

  #bind (listener: PlannedListener): Promise<Server> {
    // Half-open as in src/downstream/listener.ts: a client may end its side and still wait for its response.
    const server = new Server({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {})
      this.#onConnection(listener.name, socket)
    })
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host: listener.host, port: listener.port }, () => {
        server.off('error', reject)
        server.on('error', () => {}) // no more files for an accept: libuv closes the connection and goes on
        resolve(server)
      })
    })
  }

  #close (key: string): void {
    this.#servers.get(key)?.close()
    this.#servers.delete(key)
  }
}

/** What was asked for, not what it became: port 0 stays the same listener. */
function keyOf ({ name, host, port }: PlannedListener): string {
  return `${name} ${host} ${port}`
}
