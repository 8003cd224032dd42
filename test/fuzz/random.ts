import { seededIntegers } from '../helpers/chance.ts'

/** A seeded source of chance: the same seed gives the same run on every machine. */
export class Random {
  readonly #next: () => number

  constructor (seed: number) {
    this.#next = seededIntegers(seed)
  }

  /** An integer from 0 to `below` - 1. */
  below (below: number): number {
    return this.#next() % below
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
