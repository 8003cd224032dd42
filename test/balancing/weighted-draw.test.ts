import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Candidate } from '../../src/balancing/balancer.ts'
import { WeightedDraw } from '../../src/balancing/weighted-draw.ts'
import { fc } from '../helpers/property.ts'
import { backendsOf } from './pool.ts'

const steps = 60
const almostOne = 1 - 2 ** -53

/** A source of chance that gives these numbers in turn. */
function giving (...numbers: number[]): () => number {
  return () => numbers.shift() ?? assert.fail('no more numbers were expected')
}

test('each backend has a part of the range from 0 to 1 that is as long as its share', () => {
  const draw = new WeightedDraw(backendsOf([1, 2, 3]))
  const names = Array.from({ length: 6 }, (_, i) => draw.one(giving(i / 6)).name)
  assert.deepEqual(names, ['b0', 'b1', 'b1', 'b2', 'b2', 'b2'])
  assert.equal(draw.one(giving(almostOne)).name, 'b2')
})

test('the second one is drawn by share among the others', () => {
  const backends = backendsOf([1, 2, 3, 4])
  const draw = new WeightedDraw(backends)
  const middles = [0.5, 2, 4.5, 8].map((point) => point / 10)
  for (const [i, first] of backends.entries()) {
    const others = 10 - first.effectiveWeight
    const counts = new Map<Candidate, number>(backends.map((backend) => [backend, 0]))
    for (let step = 0; step < steps * others; step++) {
      const [drawn, second] = draw.two(giving(middles[i]!, (step + 0.5) / (steps * others)))
      assert.equal(drawn, first)
      counts.set(second, counts.get(second)! + 1)
    }
    assert.deepEqual([...counts.values()], backends.map((backend) => backend === first ? 0 : steps * backend.effectiveWeight))
  }
})

test('two are different ones whatever the shares and the chance', () => {
  const chance = fc.oneof(fc.constant(0), fc.constant(almostOne), fc.double({ min: 0, max: almostOne, noNaN: true }))
  const shares = fc.array(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), { minLength: 2, maxLength: 8 })
  fc.assert(fc.property(shares, chance, chance, (shares, first, second) => {
    const backends = backendsOf(shares)
    const [a, b] = new WeightedDraw(backends).two(giving(first, second))
    assert.ok((backends as Candidate[]).includes(a) && (backends as Candidate[]).includes(b) && a !== b)
  }), { numRuns: 2000 })
})
