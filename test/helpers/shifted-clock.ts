import type { Clock } from '../../src/base/clock.ts'

interface Task {
  readonly at: number
  readonly run: () => void
  timer: NodeJS.Timeout
}

/** More than this, setTimeout takes for nothing. */
const maxTimerMs = 2_147_483_647

/** The system's clock, which can be put forward: for tests with other processes, which have their own. */
export class ShiftedClock implements Clock {
  #shiftMs = 0
  readonly #tasks = new Set<Task>()

  now (): number {
    return performance.now() + this.#shiftMs
  }

  date (): number {
    return Date.now() + this.#shiftMs
  }

  after (delayMs: number, run: () => void): () => void {
    const task: Task = { at: this.now() + delayMs, run, timer: setTimeout(() => { this.#run(task) }, Math.min(delayMs, maxTimerMs)) }
    this.#tasks.add(task)
    return () => { this.#drop(task) }
  }

  /** Puts it forward; what is due by then runs soon. */
  shift (ms: number): void {
    this.#shiftMs += ms
    for (const task of this.#tasks) {
      clearTimeout(task.timer)
      task.timer = setTimeout(() => { this.#run(task) }, Math.min(Math.max(0, task.at - this.now()), maxTimerMs))
    }
  }

  #run (task: Task): void {
    this.#drop(task)
    task.run()
  }

  #drop (task: Task): void {
    clearTimeout(task.timer)
    this.#tasks.delete(task)
  }
}
