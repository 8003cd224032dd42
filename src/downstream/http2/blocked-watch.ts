import type { Socket } from 'node:net'
import { Deadline } from '../../base/deadline.ts'
import type { ConnectionOutput } from '../../http2/connection-output.ts'
import type { ConnectionHost } from '../connection-host.ts'

/** Cuts a client that takes in nothing of what was written to it for BODY_IDLE_TIMEOUT_MS. */
export class BlockedWatch {
  readonly #socket: Socket
  readonly #output: ConnectionOutput
  readonly #host: ConnectionHost
  readonly #deadline: Deadline
  #unsentBytes = 0

  constructor (socket: Socket, output: ConnectionOutput, host: ConnectionHost) {
    this.#socket = socket
    this.#output = output
    this.#host = host
    this.#deadline = new Deadline(host.clock, () => { this.#onPassed() })
  }

  /** It waits for the client. */
  watch (): void {
    this.#unsentBytes = this.#socket.writableLength
    this.#deadline.set(this.#host.bodyIdleTimeoutMs)
  }

  end (): void {
    this.#deadline.end()
  }

  #onPassed (): void {
    if (!this.#output.isBlocked) return
    if (this.#socket.writableLength === this.#unsentBytes) this.#socket.destroy()
    else this.watch()
  }
}
