import { Deadline } from '../../base/deadline.ts'
import type { ConnectionHost } from '../connection-host.ts'

const NONE = 0
const FIRST_BYTE = 1
const WHOLE_HEAD = 2
const IDLE = 3
const REST_OF_BODY = 4

/** How long a body that is only dropped is read on at most, in ms, as nginx's lingering_time. */
const discardMs = 30_000

/** How long a connection waits for its client, of which one limit at a time holds; moving it costs one look at the clock. */
export class Limits {
  readonly #host: ConnectionHost
  readonly #deadline: Deadline
  #kind = FIRST_BYTE
  /** Monotonic, in ms: when the rest of a body must be there. */
  #restEndsAt = 0

  constructor (host: ConnectionHost, onPassed: () => void) {
    this.#host = host
    this.#deadline = new Deadline(host.clock, onPassed)
    this.#deadline.set(host.headerTimeoutMs)
  }

  /** What is waited for is a head, or the rest of one. */
  get isForHead (): boolean {
    return this.#kind === FIRST_BYTE || this.#kind === WHOLE_HEAD
  }

  get isForBody (): boolean {
    return this.#kind === REST_OF_BODY
  }

  lift (): void {
    this.#kind = NONE
    this.#deadline.lift()
  }

  /** A head has begun to come; it has so long from its first byte. */
  waitForHead (): void {
    if (this.#kind === WHOLE_HEAD) return
    this.#kind = WHOLE_HEAD
    this.#deadline.set(this.#host.headerTimeoutMs)
  }

  /** Nothing has come since the response before, or since the connection was opened, which then goes on. */
  waitForRequest (): void {
    if (this.#kind !== NONE) return
    this.#kind = IDLE
    const { keepAliveTimeoutMs } = this.#host
    if (keepAliveTimeoutMs > 0) this.#deadline.set(keepAliveTimeoutMs)
  }

  waitForRestOfBody (): void {
    this.#kind = REST_OF_BODY
    this.#restEndsAt = this.#host.clock.now() + discardMs
    this.onRestOfBody()
  }

  /** A piece of the rest of the body has come. */
  onRestOfBody (): void {
    const { clock, bodyIdleTimeoutMs } = this.#host
    this.#deadline.set(Math.min(bodyIdleTimeoutMs, this.#restEndsAt - clock.now()))
  }

  end (): void {
    this.#deadline.end()
  }
}
