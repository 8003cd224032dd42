import type { Balancer, BalancerOptions } from './balancer.ts'
import { rememberLast } from './remember-last.ts'
import { WeightedDraw } from './weighted-draw.ts'

/** Any backend, by effective weight, whatever was picked before. A pick costs O(log n). */
export function random ({ random }: BalancerOptions): Balancer {
  const drawFor = rememberLast((rotation) => new WeightedDraw(rotation))
  return {
    pick: (rotation) => drawFor(rotation).one(random),
    pickAmong: (candidates) => new WeightedDraw(candidates).one(random)
  }
}
