import type { Backend, BackendState } from './backend.ts'

/** A change of one backend's state. */
export interface Transition {
  /** Counts the transitions of this process, from 1. */
  readonly id: number
  /** Wall-clock time, ms since the epoch. */
  readonly at: number
  readonly backend: Backend
  readonly from: BackendState
  readonly to: BackendState
  /** The evidence, in words. */
  readonly why: string
}

/** How many transitions are kept for those who ask later. */
const maxKept = 1000

/** Tells of each transition once, and keeps the last 1000. */
export class TransitionLog {
  readonly #kept: Transition[] = []
  readonly #listeners = new Set<(transition: Transition) => void>()
  #lastId = 0

  get last (): readonly Transition[] {
    return this.#kept
  }

  add (transition: Omit<Transition, 'id'>): void {
    const complete = { id: ++this.#lastId, ...transition }
    this.#kept.push(complete)
    if (this.#kept.length > maxKept) this.#kept.shift()
    for (const listener of this.#listeners) listener(complete)
  }

  /** Calls `listener` after every transition; returns the function that ends this. */
  subscribe (listener: (transition: Transition) => void): () => void {
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }
}
