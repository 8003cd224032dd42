import type { Clock } from './clock.ts'

const secondMs = 1000

/** A timer that fires a little too early must not fire twice in a second. */
const leastDelayMs = 250

/**
 * Runs `task` in each second of the wall clock, `offsetMs` after its beginning, so that the processes of one machine keep step without
 * a word. Returns the function that ends this.
 */
export function everySecond (clock: Clock, offsetMs: number, task: () => void): () => void {
  function plan (): () => void {
    const untilMs = secondMs - (((clock.date() - offsetMs) % secondMs) + secondMs) % secondMs
    return clock.after(untilMs < leastDelayMs ? untilMs + secondMs : untilMs, () => {
      cancel = plan()
      task()
    })
  }
  let cancel = plan()
  return () => { cancel() }
}
