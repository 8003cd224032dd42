import type { PostRecords } from '../backend/fleet.ts'
import type { Call } from '../clients/call.ts'
import { failedOf } from './counts.ts'

/** POSTs that more than one backend, or one more than once, has carried out. */
export function executedTwice ({ executed }: PostRecords): string[] {
  return [...executed].filter(([, times]) => times > 1).map(([id]) => id)
}

/** Requests that backends have seen more than once. */
export function seenTwice ({ got, received }: PostRecords): string[] {
  return [...got, ...received].filter(([, times]) => times > 1).map(([id]) => id)
}

/** What is under way when a backend goes, or within so long after, may have been sent into a connection that nobody read. */
const graceMs = 50

/**
 * POSTs that failed though they had not been sent to any backend. One had been sent when a backend saw it, or when a backend
 * was cut off while it was under way.
 */
export function failedUnsent (calls: readonly Call[], { received }: PostRecords, cuts: readonly number[]): Call[] {
  return failedOf(calls, 'POST').filter(({ id, startedAt, endedAt }) => {
    const wasCut = cuts.some((at) => at >= startedAt - graceMs && at <= endedAt)
    return !received.has(id) && !wasCut
  })
}
