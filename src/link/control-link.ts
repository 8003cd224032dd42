import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '../base/clock.ts'
import { JsonLines } from './json-lines.ts'
import type { Hello, Inheritance, Successor, ToControl, ToSuccessor, ToWorker } from './messages.ts'

/** What happens on the link, seen from control. */
export interface ControlLinkEvents {
  /** A worker has come, or has come back: it is told all there is with what `send` sends first. */
  onWorker (hello: Hello): void
  onMessage (worker: number, message: Exclude<ToControl, Hello>): void
  onWorkerGone (worker: number): void
  /** Another control is about to take the place of this one. Resolves with what that inherits. */
  onSuccessor (version: string): Promise<Inheritance>
  /** It is gone, and this one goes on. */
  onSuccessorGone (): void
  /** What the successor is told last. */
  lastReport (): unknown
  /** What comes is not as this version has it. */
  onThrown (error: unknown): void
}

export interface ControlLinkOptions extends ControlLinkEvents {
  readonly path: string
  readonly clock: Clock
  readonly version: string
}

/** How often workers hear that control is there. */
const tickMs = 500

/** Control's side of the link: a unix socket to which workers connect. */
export class ControlLink {
  readonly #options: ControlLinkOptions
  readonly #server: Server
  readonly #workers = new Map<number, JsonLines<ToWorker, ToControl>>()
  #successor: JsonLines<ToSuccessor, Successor> | undefined
  #cancelTick: (() => void) | undefined

  constructor (options: ControlLinkOptions) {
    this.#options = options
    this.#server = createServer((socket) => { this.#serve(socket) })
  }

  /** Rejects when the path cannot be listened on. */
  async listen (): Promise<void> {
    this.#server.listen(this.#options.path)
    await once(this.#server, 'listening')
    this.#tick()
  }

  /** The numbers of the workers that are there. */
  workers (): readonly number[] {
    return [...this.#workers.keys()]
  }

  /** Returns false where there is no such worker. */
  send (worker: number, message: ToWorker): boolean {
    const lines = this.#workers.get(worker)
    lines?.send(message)
    return lines !== undefined
  }

  broadcast (message: ToWorker): void {
    for (const lines of this.#workers.values()) lines.send(message)
  }

  /** Resolves when the successor has been told the rest, if there is one. */
  async close (): Promise<void> {
    this.#cancelTick?.()
    this.#server.close()
    for (const lines of this.#workers.values()) lines.end()
    const successor = this.#successor
    this.#successor = undefined
    await successor?.endWith({ type: 'report', report: this.#options.lastReport() })
  }

  #tick (): void {
    this.broadcast({ type: 'tick' })
    this.#cancelTick = this.#options.clock.after(tickMs, () => { this.#tick() })
  }

  #serve (socket: Socket): void {
    const { version, onWorker, onMessage, onWorkerGone, onThrown } = this.#options
    let worker: number | undefined
    const lines = new JsonLines<ToWorker | ToSuccessor, ToControl | Successor>(socket, (message) => {
      try {
        if (message.type === 'successor') return this.#bequeath(lines, message)
        if (message.type !== 'hello') {
          if (worker !== undefined) onMessage(worker, message)
          return
        }
        if (message.version !== version) throw new Error(`a worker of version ${message.version} came to control of version ${version}`)
        worker = message.worker
        this.#workers.get(worker)?.end()
        this.#workers.set(worker, lines)
        onWorker(message)
      } catch (error) {
        onThrown(error)
        socket.destroy()
      }
    }, () => {
      if (this.#successor === lines) {
        this.#successor = undefined
        this.#options.onSuccessorGone()
      }
      if (worker === undefined || this.#workers.get(worker) !== lines) return
      this.#workers.delete(worker)
      onWorkerGone(worker)
    })
  }

  /** The last one that asks is the successor. */
  #bequeath (lines: JsonLines<ToSuccessor, Successor>, { version }: Successor): void {
    const { onSuccessor, onThrown } = this.#options
    const before = this.#successor
    this.#successor = lines
    before?.end()
    onSuccessor(version).then((inheritance) => { lines.send(inheritance) }, (error: unknown) => {
      onThrown(error)
      lines.end()
    })
  }
}
