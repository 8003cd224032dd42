import type { Backend } from '../backends/backend.ts'
import type { Balancer } from './balancer.ts'

interface Turn {
  readonly backend: Backend
  readonly order: number
  /** Virtual time at which this backend is due next. */
  due: number
}

/**
 * Smooth weighted round robin by earliest deadline first, as Envoy's EDF scheduler does it: a backend of weight w is due
 * every 1/w units of virtual time, and the one that is due first is picked. Equal weights give plain turns in the order
 * of the rotation. A pick costs O(log n). A backend that joins is due one of its periods from now, so it is not flooded;
 * those that stay keep their place.
 */
export function roundRobin (): Balancer {
  let known: readonly Backend[] = []
  let heap: Turn[] = []
  let now = 0

  function follow (rotation: readonly Backend[]): void {
    const dueOf = new Map(heap.map(({ backend, due }) => [backend, due]))
    heap = rotation.map((backend, order) => ({ backend, order, due: dueOf.get(backend) ?? now + 1 / backend.weight }))
    for (let i = (heap.length >> 1) - 1; i >= 0; i--) siftDown(heap, i)
    known = rotation
  }

  return {
    pick (rotation) {
      if (rotation !== known) follow(rotation)
      const turn = heap[0] as Turn
      now = turn.due
      turn.due += 1 / turn.backend.weight
      siftDown(heap, 0)
      return turn.backend
    }
  }
}

function isBefore (a: Turn, b: Turn): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order)
}

function siftDown (heap: Turn[], start: number): void {
  const turn = heap[start] as Turn
  let index = start
  for (;;) {
    let child = 2 * index + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Turn, heap[child] as Turn)) child++
    if (!isBefore(heap[child] as Turn, turn)) break
    heap[index] = heap[child] as Turn
    index = child
  }
  heap[index] = turn
}
