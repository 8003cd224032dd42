import { inBackground } from './background.ts'
import type { Clock } from './clock.ts'

/**
 * Runs `work` after a pause of `pauseMs`, and again after each run that ended well and another pause. A run that fails is the last one:
 * `onError` is called. The returned function stops it, also during a run.
 */
export function repeat (clock: Clock, pauseMs: number, work: () => Promise<void>, onError: (error: unknown) => void): () => void {
  let isStopped = false
  let cancel = clock.after(pauseMs, run)

  function run (): void {
    inBackground(work().then(() => { if (!isStopped) cancel = clock.after(pauseMs, run) }), onError)
  }

  return () => {
    isStopped = true
    cancel()
  }
}
