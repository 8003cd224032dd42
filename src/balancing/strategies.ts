import type { BalancerFactory } from './balancer.ts'
import { consistentHash } from './consistent-hash.ts'
import { leastConnections } from './least-connections.ts'
import { leastLatency } from './least-latency.ts'
import { powerOfTwoChoices } from './power-of-two-choices.ts'
import { random } from './random.ts'
import { roundRobin } from './round-robin.ts'

/** Every strategy under its one name: the value of `BALANCER`, the log field and the metric label. */
export const strategies = {
  'round-robin': roundRobin,
  'least-connections': leastConnections,
  'power-of-two-choices': powerOfTwoChoices,
  'consistent-hash': consistentHash,
  random,
  'least-latency': leastLatency
} satisfies Record<string, BalancerFactory>

export type StrategyName = keyof typeof strategies

/** Those that go by what backends have in flight: in each process of a gateway, they want to know of the others. */
export const strategiesByLoad: ReadonlySet<string> = new Set<StrategyName>(['least-connections', 'power-of-two-choices', 'least-latency'])
