/** Time as a parameter. Tests pass their own, so that no test sleeps. */
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
