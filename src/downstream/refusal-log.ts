import { BurstCount } from '../base/burst-count.ts'
import type { Clock } from '../base/clock.ts'
import type { Refusals } from './refusals.ts'

export interface RefusalLogOptions {
  readonly refusals: Refusals
  readonly clock: Clock
  readonly log: Record<'info' | 'warn', (fields: object, message: string) => void>
}

/** Lines within a second; of what comes beyond it only the number is logged. */
const maxLines = 10

/** Logs requests that are refused; an attacker cannot fill the log with them. Returns what ends it. */
export function logRefusals ({ refusals, clock, log }: RefusalLogOptions): () => void {
  const refused = new BurstCount(clock, (requests) => {
    if (requests > maxLines) log.warn({ requests: requests - maxLines }, 'more requests refused within the same second')
  })
  refusals.listeners.add(({ reason, statusCode, code, client }) => {
    if (refused.add() <= maxLines) log.info({ reason, statusCode, code, client }, 'request refused')
  })
  return () => { refused.close() }
}
