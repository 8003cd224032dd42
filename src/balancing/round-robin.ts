import type { Balancer, BalancerOptions, Candidate } from './balancer.ts'
import { IndexedHeap, type HeapItem } from './indexed-heap.ts'
import { fillPhases } from './phases.ts'

interface Turn extends HeapItem {
  readonly backend: Candidate
  /** As it was when `due` was computed. */
  effectiveWeight: number
  /** Its place in the rotation: of two that are due at once, the first. */
  order: number
  /** Virtual time at which this backend is due next. */
  due: number
}

/**
 * Smooth weighted round robin by earliest deadline first, as Envoy's EDF scheduler does it: a backend is due every
 * 1 / effectiveWeight units of virtual time, and the one that is due first is picked. Equal weights give plain turns in the order of
 * the rotation, from a random place on, so that not every gateway begins with the same backend. A pick costs O(log n).
 *
 * Those that stay keep their place; one that joins or comes back gets the place between its neighbours in the rotation,
 * within one of its periods, so that it is not flooded; a turn that was missed is not made up for.
 */
export function roundRobin ({ random }: BalancerOptions): Balancer {
  const turns = new WeakMap<Candidate, Turn>()
  const heap = new IndexedHeap<Turn>(isBefore)
  let known: readonly Candidate[] = []
  let now = 0

  function turnsOf (backends: readonly Candidate[]): Turn[] {
    const phases = fillPhases(backends.map(phaseOf), random)
    return backends.map((backend, i) => turnOf(backend, phases[i] as number))
  }

  /** Which part of its period is left until the backend is due; undefined for one that joins or was away. */
  function phaseOf (backend: Candidate): number | undefined {
    const turn = turns.get(backend)
    if (turn === undefined || (turn.heapIndex === -1 && turn.due < now)) return undefined
    return (turn.due - now) * turn.effectiveWeight
  }

  /** The turn of the backend for the effective weight that it has now. */
  function turnOf (backend: Candidate, phase: number): Turn {
    const { effectiveWeight } = backend
    const turn = turns.get(backend)
    if (turn === undefined) {
      const joined = { backend, effectiveWeight, order: 0, due: now + phase / effectiveWeight, heapIndex: -1 }
      turns.set(backend, joined)
      return joined
    }
    const wasAway = turn.heapIndex === -1 && turn.due < now
    if (wasAway || turn.effectiveWeight !== effectiveWeight) turn.due = now + phase / effectiveWeight
    turn.effectiveWeight = effectiveWeight
    return turn
  }

  function follow (rotation: readonly Candidate[]): void {
    const members = turnsOf(rotation)
    for (const [order, turn] of members.entries()) turn.order = order
    heap.replace(members)
    known = rotation
  }

  function take (turn: Turn): Candidate {
    now = Math.max(now, turn.due)
    const missed = Math.floor((now - turn.due) * turn.effectiveWeight)
    turn.due += (1 + missed) / turn.effectiveWeight
    heap.moved(turn)
    return turn.backend
  }

  return {
    pick (rotation) {
      if (rotation !== known) follow(rotation)
      return take(heap.first as Turn)
    },
    peek (rotation) {
      if (rotation !== known) follow(rotation)
      return (heap.first as Turn).backend
    },
    pickAmong (candidates) {
      return take(turnsOf(candidates).reduce((first, turn) => turn.due < first.due ? turn : first))
    }
  }
}

function isBefore (a: Turn, b: Turn): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order)
}
