import type { Candidate } from './balancer.ts'

/** Draws backends by effective weight: sums of the weights up to each one, then a binary search. A draw costs O(log n). */
export class WeightedDraw {
  readonly #backends: readonly Candidate[]
  /** Where the part of each backend ends; it begins where the one before ends. */
  readonly #ends: Float64Array

  constructor (backends: readonly Candidate[]) {
    this.#backends = backends
    this.#ends = new Float64Array(backends.length)
    let end = 0
    for (const [i, { effectiveWeight }] of backends.entries()) this.#ends[i] = end += effectiveWeight
  }

  one (random: () => number): Candidate {
    return this.#backends[this.#first(random)] as Candidate
  }

  /** Two different ones, unless there is only one, which is then returned twice. */
  two (random: () => number): [Candidate, Candidate] {
    const first = this.#first(random)
    return [this.#backends[first] as Candidate, this.#backends[this.#second(first, random)] as Candidate]
  }

  #first (random: () => number): number {
    const last = this.#ends.length - 1
    return this.#find(random() * this.#endOf(last), 0, last)
  }

  /** As if the part of the first one were cut out. */
  #second (first: number, random: () => number): number {
    const last = this.#ends.length - 1
    if (last === 0) return first
    const start = first === 0 ? 0 : this.#endOf(first - 1)
    const share = this.#endOf(first) - start
    const point = random() * (this.#endOf(last) - share)
    // What is rounded must not lead back to the first one: it is in neither of the ranges.
    return first === last || point < start ? this.#find(point, 0, first - 1) : this.#find(point + share, first + 1, last)
  }

  /** The first index from `low` to `high` whose end is behind `point`; `high` when there is none. */
  #find (point: number, low: number, high: number): number {
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#endOf(middle) > point) high = middle
      else low = middle + 1
    }
    return low
  }

  #endOf (index: number): number {
    return this.#ends[index] as number
  }
}
