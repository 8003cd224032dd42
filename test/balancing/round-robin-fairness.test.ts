import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import { roundRobin } from '../../src/balancing/round-robin.ts'
import { FakeClock } from '../helpers/clock.ts'
import { fc } from '../helpers/property.ts'
import { backendsOf, seededRandom, sum } from './pool.ts'

function pickTimes (balancer: ReturnType<typeof roundRobin>, rotation: Backend[], count: number): number[] {
  const counts = new Map(rotation.map((backend) => [backend, 0]))
  for (let i = 0; i < count; i++) {
    const picked = balancer.pick(rotation, '')
    counts.set(picked, (counts.get(picked) ?? 0) + 1)
  }
  return [...counts.values()]
}

const weightLists = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 })
const balancers = fc.integer({ min: 0, max: 1000 }).map((seed) => roundRobin({ clock: new FakeClock(), random: seededRandom(seed) }))

test('after any number of rounds each backend has its weight in requests, give or take one', () => {
  fc.assert(fc.property(balancers, weightLists, fc.integer({ min: 1, max: 5 }), (balancer, weights, rounds) => {
    const counts = pickTimes(balancer, backendsOf(weights), rounds * sum(weights))
    for (const [i, weight] of weights.entries()) assert.ok(Math.abs((counts[i] ?? 0) - rounds * weight) <= 1, `${weights} became ${counts}`)
  }))
})

test('a lighter backend is never ahead of a heavier one by more than one request', () => {
  fc.assert(fc.property(balancers, weightLists, fc.integer({ min: 1, max: 200 }), (balancer, weights, count) => {
    const counts = pickTimes(balancer, backendsOf(weights), count)
    for (const [i, weight] of weights.entries()) {
      for (const [j, other] of weights.entries()) {
        if (weight < other) assert.ok((counts[i] ?? 0) <= (counts[j] ?? 0) + 1, `${weights} became ${counts}`)
      }
    }
  }))
})

test('equal weights differ by one request at most, at any moment', () => {
  fc.assert(
    fc.property(
      balancers,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 1, max: 200 }),
      (balancer, size, weight, count) => {
        const counts = pickTimes(balancer, backendsOf(Array(size).fill(weight)), count)
        assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${counts}`)
      }
    )
  )
})

test('whatever joins and leaves, those in rotation share a round by weight, give or take one', () => {
  const changes = fc.array(fc.tuple(fc.subarray([0, 1, 2, 3, 4], { minLength: 1 }), fc.integer({ min: 0, max: 40 })), {
    minLength: 1,
    maxLength: 10
  })
  fc.assert(
    fc.property(
      balancers,
      fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 5, maxLength: 5 }),
      changes,
      (balancer, weights, steps) => {
        const all = backendsOf(weights)
        for (const [members, count] of steps) {
          const rotation = members.map((i) => all[i] as Backend)
          pickTimes(balancer, rotation, count)
          const counts = pickTimes(balancer, [...rotation], sum(rotation.map(({ weight }) => weight)))
          for (const [i, { weight }] of rotation.entries()) {
            assert.ok(Math.abs((counts[i] ?? 0) - weight) <= 1, `${rotation.map(({ weight }) => weight)} became ${counts}`)
          }
        }
      }
    )
  )
})
