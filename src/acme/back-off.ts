import type { AcmeError, AcmeFailure } from './acme-error.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** A CA counts what it has refused, but not what never reached it. In ms. */
const refused = { firstMs: hourMs, maxMs: 24 * hourMs }
const unreachable = { firstMs: minuteMs, maxMs: hourMs }
/**
 * Often the gateway is there before its DNS record, or the load balancer before it. Each attempt asks by two challenges, and Let's Encrypt
 * takes five failures at once and one more every 12 minutes (https://letsencrypt.org/docs/rate-limits/): with 15, 30 and 60 minutes
 * between them, no attempt is turned away.
 */
const unproved = { firstMs: 15 * minuteMs, maxMs: 24 * hourMs }

/** What a CA may ask for at most. */
const maxRetryAfterMs = 7 * 24 * hourMs

/** How long a name is left alone after this many failures in a row, in ms: twice as long each time, and a little more by chance. */
export function backOffMs ({ failure, retryAfterMs }: AcmeError, failures: number, random: () => number): number {
  const { firstMs, maxMs } = limitsOf(failure)
  const ms = Math.min(firstMs * 2 ** (failures - 1), maxMs)
  return Math.round(Math.max(ms, Math.min(retryAfterMs, maxRetryAfterMs)) * (1 + random() / 10))
}

function limitsOf (failure: AcmeFailure): typeof refused {
  if (failure === 'unreachable') return unreachable
  return failure === 'challenge-failed' ? unproved : refused
}
