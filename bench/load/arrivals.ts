/**
 * The gaps of a Poisson process, in milliseconds: independent clients come at random. The seed is fixed (mulberry32),
 * so that every proxy meets the same arrivals.
 */
export function createArrivals (perSecond: number, seed = 1): () => number {
  const meanMs = 1000 / perSecond
  let state = seed

  function random (): number {
    state = state + 0x6D2B79F5 | 0
    let mixed = Math.imul(state ^ state >>> 15, 1 | state)
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32
  }

  return () => -Math.log(1 - random()) * meanMs
}
