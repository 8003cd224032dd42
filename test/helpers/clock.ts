import type { Clock } from '../../src/base/clock.ts'
import { until } from './until.ts'

interface Task {
  readonly at: number
  readonly run: () => void
}

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #now = 0
  #tasks: Task[] = []

  now (): number {
    return this.#now
  }

  date (): number {
    return this.#now
  }

  after (delayMs: number, run: () => void): () => void {
    const task = { at: this.#now + delayMs, run }
    this.#tasks.push(task)
    return () => { this.#tasks = this.#tasks.filter((other) => other !== task) }
  }

  /** How long until the next task is due, in ms; undefined when there is none. */
  nextInMs (): number | undefined {
    const next = this.#next()
    return next && next.at - this.#now
  }

  /** Whether a task is due in exactly `ms`. */
  hasTaskIn (ms: number): boolean {
    return this.tasksIn(ms) > 0
  }

  /** How many tasks are due in exactly `ms`. */
  tasksIn (ms: number): number {
    return this.#tasks.filter(({ at }) => at === this.#now + ms).length
  }

  /** Lets `ms` pass as soon as a limit of just so much begins to run: 1700, say, since checks have 1000 and connections 2000. */
  async letPass (ms: number): Promise<void> {
    await until(`a limit of ${ms} ms`, () => this.hasTaskIn(ms))
    this.advance(ms)
  }

  /** Lets `ms` pass and runs what is due on the way, in order. */
  advance (ms: number): void {
    const end = this.#now + ms
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) {
      this.#tasks = this.#tasks.filter((task) => task !== next)
      this.#now = next.at
      next.run()
    }
    this.#now = end
  }

  #next (): Task | undefined {
    return this.#tasks.reduce<Task | undefined>((first, task) => first === undefined || task.at < first.at ? task : first, undefined)
  }
}
