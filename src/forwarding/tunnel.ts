import type { ClientTunnel, ClientTunnelListener } from '../downstream/client-exchange.ts'
import type { BackendStream } from '../upstream/backend-stream.ts'

/** Bytes both ways, after a 101. Nothing is parsed; each side waits for the other, and ends with it. */
export class Tunnel implements ClientTunnelListener {
  readonly #client: ClientTunnel
  readonly #backend: BackendStream
  readonly #idleMs: number

  constructor (client: ClientTunnel, backend: BackendStream, idleMs: number) {
    this.#client = client
    this.#backend = backend
    this.#idleMs = idleMs
    this.#stillAlive()
    client.listener = this
  }

  onBytes (bytes: Buffer): void {
    this.#stillAlive()
    if (!this.#backend.write(bytes, false)) this.#client.pause()
  }

  onBytesEnd (): void {
    this.#backend.endTunnel()
  }

  onDrain (): void {
    this.#backend.resume()
  }

  toClient (bytes: Buffer): void {
    this.#stillAlive()
    if (!this.#client.write(bytes)) this.#backend.pause()
  }

  /** The backend has taken in what it had been given. */
  onBackendDrain (): void {
    this.#client.resume()
  }

  /** The backend will send nothing more. */
  endClient (): void {
    this.#client.end()
  }

  #stillAlive (): void {
    this.#backend.limit(this.#idleMs, 'tunnel-timeout')
  }
}
