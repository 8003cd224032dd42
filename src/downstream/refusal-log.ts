import { BurstCount } from '../base/burst-count.ts'
import type { Clock } from '../base/clock.ts'
import type { Refusal, Refusals } from './refusals.ts'
import { clientAddressOf, peerOf, type Trust } from './trust.ts'

export interface RefusalLogOptions {
  readonly refusals: Refusals
  readonly clock: Clock
  readonly trust: Trust
  readonly log: Record<'info' | 'warn', (fields: object, message: string) => void>
}

/** Lines within a second; of what comes beyond it only the number is logged. */
const maxLines = 10

/** Logs requests that are refused; an attacker cannot fill the log with them. Returns what ends it. */
export function logRefusals ({ refusals, clock, trust, log }: RefusalLogOptions): () => void {
  const refused = new BurstCount(clock, (requests) => {
    if (requests > maxLines) log.warn({ requests: requests - maxLines }, 'more requests refused within the same second')
  })
  refusals.listeners.add((refusal) => {
    if (refused.add() <= maxLines) log.info(lineOf(refusal, trust), 'request refused')
  })
  return () => { refused.close() }
}

function lineOf ({ reason, statusCode, code, socket, req }: Refusal, trust: Trust) {
  const client = req === undefined ? peerOf(socket, trust).address : clientAddressOf(req, trust)
  return { reason, statusCode, code, client }
}
