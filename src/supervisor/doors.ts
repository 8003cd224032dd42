import { Server, type AddressInfo, type ListenOptions, type Socket } from 'node:net'
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

/** A listener that another process has bound, by the name that it has there. */
export interface Inherited {
  readonly key: string
  readonly bound: BoundListener
}

/** The listeners of the gateway: bound once, and kept while children come and go. */
export class Doors {
  readonly #servers = new Map<string, Server>()
  /** Those that another supervisor accepts by, and will give; and which of them a plan has asked for. */
  readonly #inherited = new Map<string, BoundListener>()
  readonly #wanted = new Set<string>()
  /** The file descriptors of those that systemd has bound: host and port are none of the plan's. */
  readonly #descriptors = new Map<string, number>()
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
    const fresh: string[] = []
    for (const listener of planned) {
      const key = this.#keyOf(listener)
      const inherited = this.#inherited.get(key)
      if (inherited !== undefined) this.#wanted.add(key)
      else if (!this.#servers.has(key)) {
        const fd = this.#descriptors.get(key)
        try {
          await this.#listen(key, fd === undefined ? { host: listener.host, port: listener.port } : { fd })
        } catch (error) {
          for (const other of fresh) this.#close(other)
          throw new UnboundError(listener, error as Error)
        }
        fresh.push(key)
      }
      bound.push(inherited ?? boundAt(key, this.#servers.get(key) as Server))
    }
    return bound
  }

  /** Closes those that are not of this plan. */
  keepOnly (planned: readonly PlannedListener[]): void {
    const kept = new Set(planned.map((listener) => this.#keyOf(listener)))
    for (const key of [...this.#servers.keys()]) if (!kept.has(key)) this.#close(key)
  }

  /** Accepts no more by these. */
  close (...names: readonly ListenerName[]): void {
    for (const key of [...this.#servers.keys()]) if (names.includes(nameOf(key))) this.#close(key)
  }

  /** Listens by these file descriptors, which are bound, in place of what is planned by the same name. */
  useDescriptors (descriptors: ReadonlyMap<ListenerName, number>): void {
    for (const [name, fd] of descriptors) this.#descriptors.set(systemdKey(name), fd)
  }

  /** Counts these as bound, though they come only later. */
  expect (inherited: readonly Inherited[]): void {
    for (const { key, bound } of inherited) this.#inherited.set(key, bound)
  }

  /** How many of those that were expected have not come. */
  get expected (): number {
    return this.#inherited.size
  }

  /** Accepts by what another supervisor accepts by as well; closes what no plan has asked for. */
  async take (key: string, server: Server): Promise<void> {
    if (this.#wanted.has(key)) await this.#listen(key, server)
    else server.close()
    this.#inherited.delete(key)
  }

  /** What another supervisor could take. */
  get all (): Array<Inherited & { readonly server: Server }> {
    return [...this.#servers].map(([key, server]) => ({ key, bound: boundAt(key, server), server }))
  }

  /** By what was asked for, not by what it became: port 0 stays the same listener. */
  #keyOf ({ name, host, port }: PlannedListener): string {
    const key = systemdKey(name)
    return this.#descriptors.has(key) || this.#inherited.has(key) || this.#servers.has(key) ? key : `${name} ${host} ${port}`
  }

  #listen (key: string, where: ListenOptions | { readonly fd: number } | Server): Promise<void> {
    // Half-open as in src/downstream/listener.ts: a client may end its side and still wait for its response.
    const server = new Server({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {})
      this.#onConnection(nameOf(key), socket)
    })
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(where as ListenOptions, () => {
        server.off('error', reject)
        server.on('error', () => {}) // no more files for an accept: libuv closes the connection and goes on
        this.#servers.set(key, server)
        resolve()
      })
    })
  }

  #close (key: string): void {
    this.#servers.get(key)?.close()
    this.#servers.delete(key)
  }
}

function systemdKey (name: ListenerName): string {
  return `${name} systemd`
}

function nameOf (key: string): ListenerName {
  return key.slice(0, key.indexOf(' ')) as ListenerName
}

function boundAt (key: string, server: Server): BoundListener {
  const { address, port } = server.address() as AddressInfo
  return { name: nameOf(key), address, port }
}
