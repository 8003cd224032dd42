import { systemClock, type Clock } from '../base/clock.ts'

/** What a test may take the place of. */
export interface Surroundings {
  readonly clock: Clock
  /** For what is due some day; it keeps no process alive. */
  readonly backgroundClock: Clock
  /** A number from 0 up to 1, as `Math.random` gives. */
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

export const realSurroundings: Surroundings = { clock: systemClock, backgroundClock, random: Math.random, fetch: (...request) => fetch(...request) }

/** Waits for a promise, for a limited time. */
export async function within (clock: Clock, ms: number, promise: Promise<void>): Promise<void> {
  let cancel = (): void => {}
  await Promise.race([promise, new Promise<void>((resolve) => { cancel = clock.after(ms, resolve) })])
  cancel()
}

export function pause (clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => { clock.after(ms, resolve) })
}
