import type { Socket } from 'node:net'
import { contain, type Answerable } from '../base/contain.ts'
import type { UpstreamConnection } from '../upstream/connection.ts'
import type { EarlyBytes } from '../downstream/early-bytes.ts'
import type { Upgrade } from './forwarder.ts'

/** Bytes both ways, after a 101. Nothing is parsed; each side waits for the other, and ends with it. */
export class Tunnel {
  readonly #client: Socket
  readonly #early: EarlyBytes
  readonly #idleMs: number
  /** The exchange that it belongs to. */
  user: Answerable | undefined
  #connection: UpstreamConnection | undefined

  constructor ({ socket: client, early }: Upgrade, idleMs: number) {
    this.#client = client
    this.#early = early
    this.#idleMs = idleMs
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
    const client = this.#client
    this.#connection = connection
    client.setNoDelay(true)
    client.write(head, 'latin1')
    client.on('drain', contain(this, () => { connection.resume() }))
    client.on('end', contain(this, () => { connection.end() }))
    const { pieces, hasEnded } = this.#early.take()
    client.on('data', contain(this, (bytes: Buffer) => { this.#toBackend(connection, bytes) }))
    for (const bytes of pieces) this.#toBackend(connection, bytes)
    if (hasEnded) connection.end()
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

  #toBackend (connection: UpstreamConnection, bytes: Buffer): void {
    this.#stillAlive(connection)
    if (!connection.write(bytes)) this.#client.pause()
  }

  #stillAlive (connection: UpstreamConnection): void {
    connection.limit(this.#idleMs, 'tunnel-timeout')
  }
}
