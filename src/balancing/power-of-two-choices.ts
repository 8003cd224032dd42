import type { Balancer, BalancerOptions } from './balancer.ts'
import { loadOf } from './load.ts'
import { twoChoices } from './two-choices.ts'

/** Of two backends drawn at random, the one with fewer requests in flight for its effective weight. */
export function powerOfTwoChoices ({ random }: BalancerOptions): Balancer {
  return twoChoices(random, (a, b) => loadOf(a) <= loadOf(b) ? a : b)
}
