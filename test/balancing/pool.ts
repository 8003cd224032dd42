import { Backend } from '../../src/backends/backend.ts'
import type { Balancer } from '../../src/balancing/balancer.ts'

export { seededRandom } from '../helpers/chance.ts'

/** Backends `b0`, `b1`, … with these weights. */
export function backendsOf (weights: readonly number[]): Backend[] {
  return weights.map((weight, i) => new Backend({ url: new URL(`http://b${i}`), name: `b${i}`, weight }))
}

/** One request more, or fewer, is in flight at the backend. */
export function changeLoad (balancer: Balancer, backend: Backend, change: number): void {
  backend.inFlight += change
  balancer.onLoad?.(backend)
}

/** Ends all requests. */
export function settleAll (balancer: Balancer, backends: readonly Backend[]): void {
  for (const backend of backends) changeLoad(balancer, backend, -backend.inFlight)
}

/** How many of `count` requests each backend gets when none of them ends. */
export function countLeases (backends: readonly Backend[], balancer: Balancer, count: number, pick: (key: string) => Backend): number[] {
  const counts = new Map(backends.map((backend) => [backend, 0]))
  for (let i = 0; i < count; i++) {
    const picked = pick(`key ${i}`)
    counts.set(picked, (counts.get(picked) ?? 0) + 1)
    changeLoad(balancer, picked, 1)
  }
  return [...counts.values()]
}

export function sum (numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
