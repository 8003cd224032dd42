import type { Balancer, BalancerOptions, Candidate } from './balancer.ts'
import { loadOf } from './load.ts'
import { twoChoices } from './two-choices.ts'

/** Below this a difference is noise, and the load decides. */
const leastMs = 0.1

/**
 * Of two backends drawn at random, the one that is expected to answer sooner: its peak EWMA of the time to the first byte
 * times the requests that it would have in flight, for its effective weight. After finagle's `p2cPeakEwma`, but for those of which
 * little is known (see `expectedMs`).
 */
export function leastLatency ({ random, clock }: BalancerOptions): Balancer {
  return twoChoices(random, (a, b) => {
    const nowMs = clock.now()
    const aMs = a.latency.value(nowMs)
    const bMs = b.latency.value(nowMs)
    return expectedMs(a, aMs, bMs) * loadOf(a) <= expectedMs(b, bMs, aMs) * loadOf(b) ? a : b
  })
}

/**
 * What is known of a backend fades, but that never makes it look quicker than its rival and than it ever was: one of which
 * nothing is known, or nothing recent, counts as quick as the other, and the load decides. So it gets its part, and not
 * everything until its first answer is there.
 */
function expectedMs ({ latency }: Candidate, knownMs: number, rivalMs: number): number {
  return Math.max(leastMs, knownMs, Math.min(latency.latestMs ?? Infinity, rivalMs))
}
