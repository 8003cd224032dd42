import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import type { Clock } from '../base/clock.ts'
import { readFromChild, type FromChild, type ListenerName, type ToChild } from './messages.ts'

/** A connection that no child has acknowledged yet. The supervisor's copy of its socket is paused. */
export interface Waiting {
  readonly listener: ListenerName
  readonly socket: Socket
}

export type Role = 'control' | 'worker'

/** What a child is for. */
export interface Place {
  readonly role: Role
  /** From 1; 0 for control. */
  readonly worker: number
  /** Counts from 1 with each reload. */
  readonly generation: number
  /** The link of the control whose place this one is to take. */
  readonly predecessor?: string | undefined
}

export interface ForkedEvents {
  onMessage (message: FromChild): void
  /** What came is none of the messages. */
  onMalformed (): void
  /** It has ended and all its messages have come. `reason` says how: `exit code 1`, `SIGKILL`. */
  onEnd (reason: string): void
}

let lastId = 0

/** A child process, as the supervisor sees it. */
export class Forked {
  readonly unacknowledged = new Map<number, Waiting>()
  readonly startedAt: number
  /** Set to 0 by each message; counted up by whoever watches it. */
  silence = 0
  wasHeard = false
  /** Since when it has acknowledged nothing, while there is something to acknowledge. */
  #owesSince = 0
  /** Since when it can take connections; undefined: not yet. */
  readyAt: number | undefined
  #told = 0
  #hasEnded = false
  #cancelKill = (): void => {}
  /** It was told to end by itself. */
  isDraining = false
  /** It had to be killed. */
  wasKilled = false
  readonly place: Place
  readonly #process: ChildProcess
  readonly #clock: Clock
  readonly #events: ForkedEvents

  constructor (place: Place, process: ChildProcess, clock: Clock, events: ForkedEvents) {
    this.place = place
    this.#process = process
    this.#clock = clock
    this.#events = events
    this.startedAt = clock.now()
    process.on('message', (value) => { this.#receive(value) })
    process.on('error', (error) => { if (process.pid === undefined) this.#end(error.message) })
    process.once('exit', (code, signal) => {
      // What it said last may be read in the next turn of the loop: a connection that it acknowledged must not be given to another.
      // There is no 'disconnect' to wait for: none comes where a socket was on its way to the child.
      setImmediate(() => { setImmediate(() => { this.#end(signal ?? `exit code ${code}`) }) })
    })
  }

  get name (): string {
    return this.place.role === 'control' ? 'control' : `worker ${this.place.worker}`
  }

  get pid (): number {
    return this.#process.pid ?? 0
  }

  get isReady (): boolean {
    return this.readyAt !== undefined
  }

  get hasEnded (): boolean {
    return this.#hasEnded
  }

  /** Its connections: those it told of, and those on their way to it. */
  get open (): number {
    return this.#told + this.unacknowledged.size
  }

  tell (message: ToChild): void {
    if (this.#process.connected) this.#process.send(message, () => {})
  }

  /** For how long it has acknowledged nothing that it was sent, in ms. */
  get owesMs (): number {
    return this.unacknowledged.size === 0 ? 0 : this.#clock.now() - this.#owesSince
  }

  /** Sends it a connection, which stays in `unacknowledged` until it has it. */
  hand (waiting: Waiting): void {
    const id = ++lastId
    if (this.unacknowledged.size === 0) this.#owesSince = this.#clock.now()
    this.unacknowledged.set(id, waiting)
    const message: ToChild = { type: 'connection', id, listener: waiting.listener }
    if (this.#process.connected) this.#process.send(message, waiting.socket, { keepOpen: true }, () => {})
  }

  /** Tells it to end by itself, and ends it when it has not done so in time. */
  drain (delayMs: number, drainMs: number): void {
    this.isDraining = true
    this.tell({ type: 'drain', delayMs })
    this.#killAfter(delayMs + drainMs)
  }

  /** Tells it that another has taken its place, and ends it when it has not ended in time. */
  retire (drainMs: number): void {
    this.isDraining = true
    this.tell({ type: 'retire' })
    this.#killAfter(drainMs)
  }

  #killAfter (ms: number): void {
    this.#cancelKill()
    this.#cancelKill = this.#clock.after(ms, () => { this.kill() })
  }

  kill (): void {
    this.wasKilled = true
    this.#process.kill('SIGKILL')
  }

  #receive (value: unknown): void {
    this.silence = 0
    this.wasHeard = true
    const message = readFromChild(value)
    if (message === undefined) return this.#events.onMalformed()
    if (message.type === 'open') this.#told = message.count
    if (message.type === 'got') {
      this.#told = message.open
      this.#owesSince = this.#clock.now()
      this.unacknowledged.get(message.id)?.socket.destroy()
      this.unacknowledged.delete(message.id)
    }
    this.#events.onMessage(message)
  }

  #end (reason: string): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#told = 0
    this.#cancelKill()
    this.#events.onEnd(reason)
  }
}
