import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BalancerFactory } from '../../src/balancing/balancer.ts'
import { strategies } from '../../src/balancing/strategies.ts'
import { FakeClock } from '../helpers/clock.ts'
import { runClosedLoop } from './closed-loop.ts'
import { backendsOf, seededRandom, sum } from './pool.ts'

function start (factory: BalancerFactory, seed: number) {
  const clock = new FakeClock()
  const random = seededRandom(seed)
  return { clock, random, balancer: factory({ clock, random }) }
}

for (const name of ['least-connections', 'power-of-two-choices', 'least-latency'] as const) {
  test(`${name}: a backend that is 200 ms slower gets less than half its fair share`, () => {
    for (const weights of [[1, 1], [1, 1, 1, 1], [2, 1, 1]]) {
      const { clock, random, balancer } = start(strategies[name], 1)
      const backends = backendsOf(weights)
      const serviceMs = (backend: unknown): number => 5 + 5 * random() + (backend === backends[0] ? 200 : 0)
      const counts = runClosedLoop({ balancer, clock, backends, serviceMs, clients: 32, durationMs: 10_000 })
      const fair = sum(counts) * weights[0]! / sum(weights)
      assert.ok(counts[0]! > 0 && counts[0]! < fair / 2, `weights ${weights} became ${counts}`)
    }
  })
}
