import { hkdfSync } from 'node:crypto'

export const ticketPeriodMs = 12 * 3_600_000

/** What Node takes: a name, a key for HMAC and one for AES, 16 bytes each. */
const keyBytes = 48

/**
 * The keys of session tickets at this time, in ms since the epoch: the same in all processes that have the secret. Where clients are
 * asked for certificates, `policyId` says for what: a session of another policy must not be resumed, which would be a way around it.
 */
export function ticketKeysAt (secret: string, at: number, policyId: string): Buffer {
  const period = Math.floor(at / ticketPeriodMs)
  return Buffer.from(hkdfSync('sha256', secret, 'evenkeel session tickets', `period ${period}, clients ${policyId}`, keyBytes))
}

/** How long until the next period, in ms. */
export function untilNextPeriod (at: number): number {
  return ticketPeriodMs - at % ticketPeriodMs
}
