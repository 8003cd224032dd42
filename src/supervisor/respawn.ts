const firstMs = 100
const maxMs = 10_000

/** A child that served as long as this starts anew with the pauses. */
export const steadyMs = 30_000

/**
 * How long to wait before a child is started again that ended for the `nth` time in a row, from 1: at once, then 0.1 s, doubled each
 * time up to 10 s, ± 50 % so that children that ended together do not start together. `random` gives 0 to 1.
 */
export function respawnDelayMs (nth: number, random: () => number): number {
  if (nth <= 1) return 0
  return Math.min(maxMs, firstMs * 2 ** (nth - 2)) * (0.5 + random())
}
