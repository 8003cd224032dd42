import type { Backend, BackendState } from '../backends/backend.ts'
import { Subscribers } from '../base/subscribers.ts'

interface Common {
  readonly backend: Backend
  /** The evidence, or the reason, in words. */
  readonly why: string
}

/** What happens to a backend: its state changes, it comes, it goes, or what was said of it changes. */
export type Happening =
  | Common & { readonly type: 'transition', readonly from: BackendState, readonly to: BackendState }
  | Common & { readonly type: 'join' | 'leave' | 'change' }

export type BackendEvent = Happening & {
  /** Counts the events of this process, from 1. */
  readonly id: number
  /** Wall-clock time, ms since the epoch. */
  readonly at: number
  /** How many backends of its service are in rotation after it, without those that are there unchecked since nothing else is up. */
  readonly inRotation: number
}

/** What happens to the gateway as a whole: its configuration file was taken, or could not be. */
export interface GatewayHappening {
  readonly type: 'config'
  readonly state: 'in-force' | 'refused'
  readonly why: string
}

export type LoggedEvent = BackendEvent | GatewayHappening & Pick<BackendEvent, 'id' | 'at'>

/** How many events can be asked for later. */
const maxHistory = 1000

/** Tells of each event once, and keeps the last 1000. */
export class EventLog {
  readonly #history: LoggedEvent[] = []
  readonly #subscribers = new Subscribers<BackendEvent>()
  readonly #readers = new Subscribers<LoggedEvent>()
  readonly #untold: LoggedEvent[] = []
  #lastId = 0

  /** The oldest first. */
  get history (): readonly LoggedEvent[] {
    return this.#history
  }

  add (happening: Happening, at: number, inRotation: number): void {
    this.#tell({ id: ++this.#lastId, at, inRotation, ...happening })
  }

  addOfGateway (happening: GatewayHappening, at: number): void {
    this.#tell({ id: ++this.#lastId, at, ...happening })
  }

  /** Calls `listener` after every event of a backend; returns the function that ends this. */
  subscribe (listener: (event: BackendEvent) => void): () => void {
    return this.#subscribers.subscribe(listener)
  }

  /** Calls `listener` after every event, those of the gateway as a whole included; returns the function that ends this. */
  subscribeToAll (listener: (event: LoggedEvent) => void): () => void {
    return this.#readers.subscribe(listener)
  }

  #tell (event: LoggedEvent): void {
    this.#history.push(event)
    if (this.#history.length > maxHistory) this.#history.shift()
    this.#untold.push(event)
    // What a listener brings about is told after what it listens to, so that all hear everything in the same order.
    if (this.#untold.length > 1) return
    try {
      for (const next of this.#untold) {
        if (next.type !== 'config') this.#subscribers.notify(next)
        this.#readers.notify(next)
      }
    } finally {
      this.#untold.length = 0
    }
  }
}
