/** Time as a parameter, so that tests never sleep. */
export interface Clock {
  /** Monotonic, in ms. */
  now (): number
  /** Wall-clock time in ms since the epoch. */
  date (): number
  /** Runs `task` once after `delayMs`; the returned function cancels it. */
  after (delayMs: number, task: () => void): () => void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  after (delayMs, task) {
    const timer = setTimeout(task, delayMs)
    return () => { clearTimeout(timer) }
  }
}
