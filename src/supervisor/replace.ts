import type { Clock } from '../base/clock.ts'
import type { Generation } from './generation.ts'

/** How long the first children of a new generation may take until they are ready. */
const readyMs = 30_000

/**
 * Starts `next` and lets it take the place of `old`, one worker after the other: each drains as soon as its successor is ready.
 * Rejects, and leaves `old` as it is, when control or the first worker of `next` is not ready within 30 s or ends before. From then
 * on, `onTaken`, there is no way back: a later worker that ends is started again, and its predecessor serves on until it is ready.
 */
export async function replaceGeneration (old: Generation, next: Generation, clock: Clock, onTaken: () => void): Promise<void> {
  try {
    await within(readyMs, clock, startFirst(next))
  } catch (error) {
    next.abandon()
    throw error
  }
  if (next.isStopped) return
  next.serve()
  next.keep()
  old.retire()
  onTaken()
  old.drainWorker(1)
  const workers = next.plan?.workers ?? 1
  for (let number = 2; number <= workers; number++) {
    await next.startWorker()
    if (next.isStopped) return
    old.drainWorker(number)
  }
  for (let number = workers + 1; number <= old.workers.length; number++) old.drainWorker(number)
}

async function startFirst (next: Generation): Promise<void> {
  const { bound, ready } = next.startControl()
  await bound
  await ready
  await next.startWorker()
}

/** Rejects if `work` takes longer. */
export async function within<T> (ms: number, clock: Clock, work: Promise<T>): Promise<T> {
  let cancel = (): void => {}
  const late = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(ms, () => { reject(new Error(`not ready within ${ms / 1000} s`)) })
  })
  try {
    return await Promise.race([work, late])
  } finally {
    cancel()
  }
}
