import type { Balancer, BalancerOptions, Candidate } from './balancer.ts'
import { IndexedHeap, type HeapItem } from './indexed-heap.ts'
import { loadOf } from './load.ts'

interface Entry extends HeapItem {
  readonly backend: Candidate
  load: number
  /** Number of the pick that was its last; below zero before the first. */
  pickedAt: number
}

/**
 * The backend with the fewest requests in flight for its effective weight; of several, the one that was picked the longest time ago.
 * A pick and a change of load cost O(log n).
 */
export function leastConnections ({ random }: BalancerOptions): Balancer {
  const entries = new WeakMap<Candidate, Entry>()
  const heap = new IndexedHeap<Entry>(isBefore)
  let known: readonly Candidate[] = []
  let picks = 0

  /**
   * The entries of `backends` as they are now. New ones begin at a random place, so that not every gateway begins with the
   * same backend.
   */
  function entriesOf (backends: readonly Candidate[]): Entry[] {
    const start = Math.floor(random() * backends.length)
    return backends.map((backend, i) => {
      let entry = entries.get(backend)
      if (entry === undefined) {
        entry = { backend, load: 0, pickedAt: i < start ? i - start : i - start - backends.length, heapIndex: -1 }
        entries.set(backend, entry)
      }
      entry.load = loadOf(backend)
      return entry
    })
  }

  function follow (rotation: readonly Candidate[]): void {
    heap.replace(entriesOf(rotation))
    known = rotation
  }

  function take (entry: Entry): Candidate {
    entry.pickedAt = picks++
    heap.moved(entry)
    return entry.backend
  }

  return {
    pick (rotation) {
      if (rotation !== known) follow(rotation)
      return take(heap.first as Entry)
    },
    peek (rotation) {
      if (rotation !== known) follow(rotation)
      return (heap.first as Entry).backend
    },
    pickAmong (candidates) {
      return take(entriesOf(candidates).reduce((best, entry) => isBefore(entry, best) ? entry : best))
    },
    onLoad (backend) {
      const entry = entries.get(backend)
      if (entry === undefined || entry.heapIndex === -1) return
      entry.load = loadOf(backend)
      heap.moved(entry)
    }
  }
}

function isBefore (a: Entry, b: Entry): boolean {
  return a.load < b.load || (a.load === b.load && a.pickedAt < b.pickedAt)
}
