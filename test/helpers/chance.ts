/** The seed of tests with one stream of chance: the same cases in every run, since a test that fails must fail again. */
export const seed = 5173

/** Integers from 0 to 2^32 - 1, the same for the same seed on every machine (mulberry32). */
export function seededIntegers (seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
}

/** A source of chance as `Math.random` is one, that gives the same numbers for the same seed. */
export function seededRandom (seed: number): () => number {
  const next = seededIntegers(seed)
  return () => next() / 2 ** 32
}
