import type { Socket } from 'node:net'
import { contain, type Answerable } from '../contain.ts'
import type { UpstreamConnection } from '../upstream/connection.ts'
import type { Upgrade } from './forwarder.ts'

/** What a client may send before the backend has agreed to the upgrade, in bytes; then it is not read until it has. */
const maxEarlyBytes = 65_536

/**
 * Bytes both ways, after a 101. Nothing is parsed; each side waits for the other, and ends with it. Until the backend has
 * answered, what the client sends is kept, and it is noticed when the client leaves.
 */
export class Tunnel {
  readonly #client: Socket
  readonly #idleMs: number
  /** The exchange that it belongs to. */
  user: Answerable | undefined
  #connection: UpstreamConnection | undefined
  #early: Buffer[] = []
  #earlyBytes = 0
  #hasClientEnded: boolean

  constructor ({ socket: client, early, hasEnded }: Upgrade, idleMs: number) {
    this.#client = client
    this.#hasClientEnded = hasEnded
    this.#idleMs = idleMs
    if (early.length > 0) this.#onClientBytes(early)
    client.on('data', contain(this, (bytes: Buffer) => { this.#onClientBytes(bytes) }))
    client.on('end', contain(this, () => {
      this.#hasClientEnded = true
      this.#connection?.end()
    }))
    client.on('drain', contain(this, () => { this.#connection?.resume() }))
  }

  onThrown (error: unknown): void {
    if (this.user === undefined) this.#client.destroy()
    else this.user.onThrown(error)
  }

  get isOpen (): boolean {
    return this.#connection !== undefined
  }

  /** The backend has agreed; `head` is its answer. */
  open (head: string, connection: UpstreamConnection): void {
    this.#connection = connection
    this.#client.setNoDelay(true)
    this.#client.write(head, 'latin1')
    for (const bytes of this.#early) this.#toBackend(connection, bytes)
    this.#early = []
    if (this.#hasClientEnded) connection.end()
    else this.#client.resume()
    this.#stillAlive(connection)
  }

  toClient (bytes: Buffer): void {
    const connection = this.#connection as UpstreamConnection
    this.#stillAlive(connection)
    if (!this.#client.write(bytes)) connection.pause()
  }

  /** The backend has taken in what it had been given. */
  onDrain (): void {
    this.#client.resume()
  }

  /** The backend will send nothing more. */
  endClient (): void {
    this.#client.end()
  }

  #onClientBytes (bytes: Buffer): void {
    if (this.#connection !== undefined) return this.#toBackend(this.#connection, bytes)
    this.#early.push(bytes)
    this.#earlyBytes += bytes.length
    if (this.#earlyBytes >= maxEarlyBytes) this.#client.pause()
  }

  #toBackend (connection: UpstreamConnection, bytes: Buffer): void {
    this.#stillAlive(connection)
    if (!connection.write(bytes)) this.#client.pause()
  }

  #stillAlive (connection: UpstreamConnection): void {
    connection.limit(this.#idleMs, 'tunnel-timeout')
  }
}
