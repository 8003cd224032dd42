import { constants } from 'node:os'
import type { Clock } from '../base/clock.ts'

/** The same signal within this time is a duplicate: npm passes on what the terminal has already sent to all processes. */
const repeatedMs = 300

export interface SignalHandlers {
  onStop (): void
  /** A second signal: whoever sent it does not want to wait. `code` is what to exit with. */
  onStopNow (code: number): void
  /** SIGHUP. */
  onReload (): void
  /** SIGUSR2. */
  onUpgrade (): void
}

/** The listeners stay: a signal without a listener ends the process at once. */
export function actOnSignals (process: Pick<NodeJS.Process, 'on'>, clock: Clock, handlers: SignalHandlers): void {
  process.on('SIGHUP', () => { handlers.onReload() })
  process.on('SIGUSR2', () => { handlers.onUpgrade() })
  let first: { readonly signal: string, readonly at: number } | undefined
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (first === undefined) {
        first = { signal, at: clock.now() }
        handlers.onStop()
      } else if (signal !== first.signal || clock.now() - first.at > repeatedMs) handlers.onStopNow(128 + constants.signals[signal])
    })
  }
}
