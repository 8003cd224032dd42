import type { AcmeError } from './acme-error.ts'

const hourMs = 3_600_000

/** A CA counts what it has refused, but not what never reached it. In ms. */
const refused = { firstMs: hourMs, maxMs: 24 * hourMs }
const unreachable = { firstMs: 60_000, maxMs: hourMs }

/** What a CA may ask for at most. */
const maxRetryAfterMs = 7 * 24 * hourMs

/** How long a name is left alone after this many failures in a row, in ms: twice as long each time, and a little more by chance. */
export function backOffMs ({ failure, retryAfterMs }: AcmeError, failures: number, random: () => number): number {
  const { firstMs, maxMs } = failure === 'unreachable' ? unreachable : refused
  const ms = Math.min(firstMs * 2 ** (failures - 1), maxMs)
  return Math.round(Math.max(ms, Math.min(retryAfterMs, maxRetryAfterMs)) * (1 + random() / 10))
}
