/** A time in which this process did nothing, since it, or the whole machine, stood still. Monotonic, in ms. */
export interface Standstill {
  readonly from: number
  readonly to: number
}

const tickMs = 100

/** Less is a busy machine. */
const leastMs = 2000

/** Notes standstills until the returned function is called, which returns them. */
export function watchStandstills (): () => readonly Standstill[] {
  const found: Standstill[] = []
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    if (now - last > leastMs) found.push({ from: last, to: now })
    last = now
  }, tickMs)
  return () => {
    clearInterval(timer)
    return found
  }
}

/** Whether one of them falls into the time from `startedAt` to `endedAt`: that says how long the clients took, and not the gateway. */
export function isIn (standstills: readonly Standstill[], startedAt: number, endedAt: number): boolean {
  return standstills.some(({ from, to }) => startedAt <= to && endedAt >= from)
}
