import { createHash } from 'node:crypto'
import { addCount, sumOfCounts } from '../base/counts.ts'
import { failureWords, type FailureReason } from '../backends/failure-reason.ts'
import { bucketCount } from './latency-buckets.ts'
import { latencyBounds, type LatencyCounts } from './latency-counts.ts'
import { results } from './request-result.ts'
import type { RouteCounts, RouteResults } from './route-counters.ts'
import type { BackendCounters } from './traffic-counters.ts'

/** Counters of something in a fixed order: reports name them by their index. */
export interface Slots<T> {
  readonly names: readonly string[]
  /** Grows whenever one of them does, so that most need not be read. */
  mark (of: T): number
  /** Writes them all. */
  read (of: T, into: Float64Array): void
  add (to: T, index: number, count: number): void
}

/** Some of the counters of something, in a row. */
interface Part<T> {
  readonly names: readonly string[]
  /** Writes those that are not 0, from this index on. */
  read (of: T, into: Float64Array, start: number): void
  add (to: T, index: number, count: number): void
}

const failures = Object.keys(failureWords) as FailureReason[]

export const backendSlots = slotsOf<BackendCounters>(({ attempts, whole }) => attempts + whole.total, [
  mapPart('requests', ({ requests }) => requests, results),
  mapPart('failures', ({ failures: counts }) => counts, failures),
  fieldPart('attempts'),
  latencyPart('firstByte', ({ firstByte }) => firstByte),
  latencyPart('whole', ({ whole }) => whole)
])

export const retrySlots = slotsOf<Map<FailureReason, number>>(sumOfCounts, [mapPart('retries', (counts) => counts, failures)])

export const routeSlots = slotsOf<RouteCounts>(({ whole }) => whole.total, [
  mapPart('requests', ({ requests }) => requests, results),
  latencyPart('whole', ({ whole }) => whole)
])

export const routeResultSlots = slotsOf<RouteResults>(({ requests }) => requests, [
  fieldPart('requests'), fieldPart('errors'), fieldPart('unavailable')
])

/**
 * What the numbers of a report mean, as a short text: it is another one wherever counters are added, taken away or moved, or the
 * bounds of their buckets are changed. Change the first part with the shape of `TrafficReport`.
 */
export const reportFormat = `1-${fingerprint([
  [backendSlots, retrySlots, routeSlots, routeResultSlots].map(({ names }) => names), latencyBounds, bucketCount
])}`

function slotsOf<T> (mark: (of: T) => number, parts: ReadonlyArray<Part<T>>): Slots<T> {
  const names = parts.flatMap((part) => part.names)
  const starts = parts.map((_, i) => parts.slice(0, i).reduce((sum, part) => sum + part.names.length, 0))
  const owners = parts.flatMap((part) => part.names.map((_, at) => [part, at] as const))
  return {
    names,
    mark,
    read (of, into) {
      into.fill(0)
      for (let i = 0; i < parts.length; i++) parts[i]!.read(of, into, starts[i]!)
    },
    add (to, index, count) {
      const owner = owners[index]
      if (owner !== undefined) owner[0].add(to, owner[1], count)
    }
  }
}

function fieldPart<K extends string> (name: K): Part<Record<K, number>> {
  return {
    names: [name],
    read (of, into, start) { into[start] = of[name] },
    add (to, _index, count) { (to as Record<string, number>)[name]! += count }
  }
}

function mapPart<T, K extends string> (name: string, mapOf: (of: T) => Map<K, number>, keys: readonly K[]): Part<T> {
  const indices = new Map(keys.map((key, i) => [key, i]))
  return {
    names: keys.map((key) => `${name}.${key}`),
    read (of, into, start) { for (const [key, count] of mapOf(of)) into[start + indices.get(key)!] = count },
    add (to, index, count) { addCount(mapOf(to), keys[index]!, count) }
  }
}

function latencyPart<T> (name: string, countsOf: (of: T) => LatencyCounts): Part<T> {
  const buckets = latencyBounds.length + 1
  return {
    names: [...Array.from({ length: buckets }, (_, i) => `${name}.${i}`), `${name}.seconds`],
    read (of, into, start) {
      const { counts, sumSeconds } = countsOf(of)
      for (let i = 0; i < buckets; i++) into[start + i] = counts[i]!
      into[start + buckets] = sumSeconds
    },
    add (to, index, count) {
      const counts = countsOf(to)
      if (index === buckets) {
        counts.sumSeconds += count
        return
      }
      counts.counts[index]! += count
      counts.total += count
    }
  }
}

function fingerprint (layout: unknown): string {
  return createHash('sha256').update(JSON.stringify(layout)).digest('hex').slice(0, 12)
}
