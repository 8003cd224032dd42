import { getOrMake, type Memory } from '../base/get-or-make.ts'
import type { Slots } from './counter-slots.ts'
import type { NamedCounts } from './traffic-report.ts'
import type { Pairs } from './traffic-second.ts'

/** Counters as they were when they were last told of, so that only what has changed since is told. */
export class ToldCounts {
  readonly #values: Float64Array
  /** Of what was told; 0: nothing was. */
  mark = 0

  constructor (size: number) {
    this.#values = new Float64Array(size)
  }

  /** What has been added since the last call, or ever. `now` holds the counters of this moment. */
  changes (mark: number, now: Float64Array): Pairs {
    const changes: number[] = []
    const values = this.#values
    for (let i = 0; i < now.length; i++) {
      if (now[i] !== values[i]) changes.push(i, now[i]! - values[i]!)
    }
    values.set(now)
    this.mark = mark
    return changes
  }
}

/** All counters of one kind. */
export class ToldKind<K, T> {
  readonly #slots: Slots<T>
  readonly #told: Memory<K, ToldCounts>
  readonly #now: Float64Array
  /** Reports in which not all could be told: each begins after what the one before it told. */
  #turn = 0

  constructor (slots: Slots<T>, told: Memory<K, ToldCounts>) {
    this.#slots = slots
    this.#told = told
    this.#now = new Float64Array(slots.names.length)
  }

  /** What has been added to at most so many of these. */
  changes (all: Iterable<readonly [K, T]>, nameOf: (key: K) => string | undefined, most: number): NamedCounts {
    const changed: Array<readonly [key: K, of: T, mark: number]> = []
    for (const [key, of] of all) {
      const mark = this.#slots.mark(of)
      if (mark !== (this.#told.get(key)?.mark ?? 0)) changed.push([key, of, mark])
    }
    const count = Math.min(changed.length, most)
    const start = count < changed.length ? this.#turn++ * count % changed.length : 0
    return Array.from({ length: count }, (_, i) => {
      const [key, of, mark] = changed[(start + i) % changed.length]!
      const told = getOrMake(this.#told, key, () => new ToldCounts(this.#now.length))
      const isTotal = told.mark === 0 ? 1 : 0
      this.#slots.read(of, this.#now)
      return [nameOf(key) ?? null, told.changes(mark, this.#now), isTotal] as const
    })
  }
}

/** How much of what a worker has counted was added here, so that nothing is added twice when it tells of all again. */
export class AddedCounts {
  readonly #values: Float64Array

  constructor (size: number) {
    this.#values = new Float64Array(size)
  }

  /** `areTotals`: they are the counts since the start of the worker, and not what has been added to them. */
  add<T> (slots: Slots<T>, to: T, counts: Pairs, areTotals: boolean): void {
    for (let i = 0; i < counts.length; i += 2) {
      const [index, count] = [counts[i]!, counts[i + 1]!]
      const fresh = areTotals ? count - this.#values[index]! : count
      if (!(fresh > 0)) continue
      slots.add(to, index, fresh)
      this.#values[index]! += fresh
    }
  }
}
