import { PeakEwma } from '../../src/backends/peak-ewma.ts'
import type { Balancer, Candidate } from '../../src/balancing/balancer.ts'

export { seededRandom } from '../helpers/chance.ts'

/** A candidate whose load, latency and weight are the test's. */
export class TestBackend implements Candidate {
  readonly id: string
  readonly name: string
  readonly address: string
  readonly zone = undefined
  readonly weight: number
  readonly latency = new PeakEwma()
  effectiveWeight: number
  inFlight = 0
  elsewhere = 0

  constructor (name: string, weight = 1) {
    this.id = `id of ${name}`
    this.name = name
    this.address = `http://${name}`
    this.weight = weight
    this.effectiveWeight = weight
  }
}

/** Backends `b0`, `b1`, … with these weights. */
export function backendsOf (weights: readonly number[]): TestBackend[] {
  return weights.map((weight, i) => new TestBackend(`b${i}`, weight))
}

/** One request more, or fewer, is in flight at the backend. */
export function changeLoad (balancer: Balancer, backend: Candidate, change: number): void {
  (backend as TestBackend).inFlight += change
  balancer.onLoad?.(backend)
}

/** Ends all requests. */
export function settleAll (balancer: Balancer, backends: readonly TestBackend[]): void {
  for (const backend of backends) changeLoad(balancer, backend, -backend.inFlight)
}

/** How many of `count` requests each backend gets when none of them ends. */
export function countAttempts (
  backends: readonly TestBackend[], balancer: Balancer, count: number, pick: (key: string) => Candidate
): number[] {
  const counts = new Map(backends.map((backend) => [backend, 0]))
  for (let i = 0; i < count; i++) {
    const picked = pick(`key ${i}`) as TestBackend
    counts.set(picked, (counts.get(picked) ?? 0) + 1)
    changeLoad(balancer, picked, 1)
  }
  return [...counts.values()]
}

export function sum (numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
