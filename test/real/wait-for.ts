import { setTimeout as delay } from 'node:timers/promises'

/** Waits until `condition` holds, and throws with `what` when it still does not after `timeoutMs`. */
export async function waitFor (what: string, condition: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!await condition()) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`)
    await delay(10)
  }
}
