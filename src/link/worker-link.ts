import { connect, type Socket } from 'node:net'
import type { Clock } from '../base/clock.ts'
import { JsonLines } from './json-lines.ts'
import type { Hello, State, ToControl, ToWorker } from './messages.ts'

export interface WorkerLinkOptions {
  readonly path: string
  readonly clock: Clock
  /** What it says when it comes, and when it comes back. */
  readonly hello: () => Hello
  readonly onMessage: (message: Exclude<ToWorker, State | { type: 'tick' }>) => void
  /** Control is there, again or for the first time, and this is how things are. */
  readonly onState: (state: State) => void
  /** Control is away: the worker is on its own. */
  readonly onAway: () => void
}

/** Control that has said nothing for so long is taken for away, whether or not its socket is open. */
const silenceMs = 2000

/** Before it connects again. */
const retryMs = 100

/** A worker's side of the link: it connects, and again whenever the connection has ended. */
export class WorkerLink {
  readonly #options: WorkerLinkOptions
  #socket: Socket | undefined
  #lines: JsonLines<ToControl, ToWorker> | undefined
  #isThere = false
  #isClosed = false
  #cancelSilence: (() => void) | undefined
  #cancelRetry: (() => void) | undefined

  constructor (options: WorkerLinkOptions) {
    this.#options = options
  }

  /** Control has said how things are, and is heard of. */
  get isThere (): boolean {
    return this.#isThere
  }

  connect (): void {
    const socket = connect(this.#options.path)
    const lines = new JsonLines<ToControl, ToWorker>(socket, (message) => { this.#hear(message) }, () => { this.#onEnd() })
    this.#socket = socket
    this.#lines = lines
    socket.on('connect', () => { lines.send(this.#options.hello()) })
    this.#watchSilence()
  }

  /** Does nothing while control is away. */
  send (message: ToControl): void {
    if (this.#isThere) this.#lines?.send(message)
  }

  close (): void {
    this.#isClosed = true
    this.#isThere = false
    this.#cancelSilence?.()
    this.#cancelRetry?.()
    this.#socket?.end()
  }

  #hear (message: ToWorker): void {
    this.#watchSilence()
    if (message.type === 'tick') return
    if (message.type === 'state') {
      this.#isThere = true
      this.#options.onState(message)
    } else if (this.#isThere) this.#options.onMessage(message)
  }

  #watchSilence (): void {
    this.#cancelSilence?.()
    this.#cancelSilence = this.#options.clock.after(silenceMs, () => { this.#socket?.destroy() })
  }

  #onEnd (): void {
    if (this.#isClosed) return
    this.#cancelSilence?.()
    if (this.#isThere) {
      this.#isThere = false
      this.#options.onAway()
    }
    this.#cancelRetry = this.#options.clock.after(retryMs, () => { this.connect() })
  }
}
