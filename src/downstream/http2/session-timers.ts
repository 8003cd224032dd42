import { Deadline } from '../../base/deadline.ts'
import type { ConnectionHost } from '../connection-host.ts'

const NONE = 0
const FRAMES = 1
const IDLE = 2

/** How long a connection waits for its client, of which one limit at a time holds. */
export class SessionTimers {
  readonly #host: ConnectionHost
  readonly #deadline: Deadline
  #kind = FRAMES
  #wholeFrames = 0

  /** Preface and settings are awaited first. */
  constructor (host: ConnectionHost, onPassed: () => void) {
    this.#host = host
    this.#deadline = new Deadline(host.clock, onPassed)
    this.#deadline.set(host.headerTimeoutMs)
  }

  get isForFrames (): boolean {
    return this.#kind === FRAMES
  }

  /** The settings, or the rest of a frame or a field block, are awaited: each has the whole time, after so many that have come. */
  waitForFrames (wholeFrames: number): void {
    if (this.#kind === FRAMES && this.#wholeFrames === wholeFrames) return
    this.#kind = FRAMES
    this.#wholeFrames = wholeFrames
    this.#deadline.set(this.#host.headerTimeoutMs)
  }

  /** There is no request in flight. */
  waitForRequest (): void {
    if (this.#kind === IDLE) return
    this.#kind = IDLE
    const { keepAliveTimeoutMs } = this.#host
    if (keepAliveTimeoutMs > 0) this.#deadline.set(keepAliveTimeoutMs)
    else this.#deadline.lift()
  }

  lift (): void {
    this.#kind = NONE
    this.#deadline.lift()
  }

  end (): void {
    this.#deadline.end()
  }
}
