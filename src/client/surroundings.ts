import { systemClock, type Clock } from '../base/clock.ts'

/** What tests replace. */
export interface Surroundings {
  readonly clock: Clock
  /** For background tasks; does not keep the process alive. */
  readonly backgroundClock: Clock
  /** From 0 up to 1, like `Math.random`. */
  readonly random: () => number
  readonly fetch: typeof fetch
}

const backgroundClock: Clock = {
  ...systemClock,
  after (delayMs, task) {
    const timer = setTimeout(task, delayMs).unref()
    return () => { clearTimeout(timer) }
  }
}

export const realSurroundings: Surroundings = {
  clock: systemClock,
  backgroundClock,
  random: Math.random,
  fetch: (...request) => fetch(...request)
}

/** Waits for a promise, but no longer than `ms`. */
export async function within (clock: Clock, ms: number, promise: Promise<void>): Promise<void> {
  let cancel = (): void => {}
  await Promise.race([promise, new Promise<void>((resolve) => { cancel = clock.after(ms, resolve) })])
  cancel()
}

export function pause (clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => { clock.after(ms, resolve) })
}
