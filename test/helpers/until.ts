import { setTimeout as pause } from 'node:timers/promises'

/** Less than a test may take, so that it ends with what it waited for; more than a busy machine needs for anything here. */
const boundMs = 50_000

/** Waits until `condition` gives something other than false, null or undefined, and resolves with it. Rejects after 50 s. */
export async function until<T> (what: string, condition: () => T | Promise<T>): Promise<Exclude<T, false | null | undefined>> {
  const end = performance.now() + boundMs
  for (;;) {
    const result = await condition()
    if (result !== false && result !== null && result !== undefined) return result as Exclude<T, false | null | undefined>
    if (performance.now() > end) throw new Error(`waited ${boundMs} ms in vain for: ${what}`)
    await pause(2)
  }
}

/** Resolves when `value` has not changed for many turns of the loop: whoever works on it in this process is held. */
export async function standstill (value: () => number): Promise<void> {
  let last = value()
  for (let turns = 0; turns < 200; turns++) {
    await settled()
    if (value() === last) continue
    last = value()
    turns = 0
  }
}

/** Lets everything run that needs no more time: promises that are resolved, and what follows from them. */
export function settled (): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve) })
}
