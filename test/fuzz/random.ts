/** A seeded source of chance (mulberry32): the same seed gives the same run on every machine. */
export class Random {
  #state: number

  constructor (seed: number) {
    this.#state = seed >>> 0
  }

  /** An integer from 0 to `below` - 1. */
  below (below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % below
  }

  /** True once in `n` times. */
  oneIn (n: number): boolean {
    return this.below(n) === 0
  }

  pick<T> (items: readonly T[]): T {
    return items[this.below(items.length)]!
  }

  /** `bytes`, cut where chance wants it. */
  split (bytes: Buffer): Buffer[] {
    const pieces: Buffer[] = []
    const longest = this.pick([1, 3, 16, 200, 100_000])
    for (let at = 0; at < bytes.length;) {
      const length = 1 + this.below(longest)
      pieces.push(bytes.subarray(at, at + length))
      at += length
    }
    return pieces
  }
}
