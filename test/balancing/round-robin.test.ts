import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Balancer } from '../../src/balancing/balancer.ts'
import { roundRobin } from '../../src/balancing/round-robin.ts'
import { FakeClock } from '../helpers/clock.ts'
import { seededRandom, TestBackend } from './pool.ts'

function backend (name: string, weight = 1): TestBackend {
  return new TestBackend(name, weight)
}

function startingAt (random: number): Balancer {
  return roundRobin({ clock: new FakeClock(), random: () => random })
}

function picks (balancer: Balancer, rotation: TestBackend[], count: number): string {
  return Array.from({ length: count }, () => balancer.pick(rotation, '').name).join('')
}

function times (name: string, order: string): number {
  return [...order].filter((picked) => picked === name).length
}

test('equal weights take turns in the order of the rotation', () => {
  const rotation = ['a', 'b', 'c'].map((name) => backend(name))
  assert.equal(picks(startingAt(0), rotation, 7), 'abcabca')
})

test('not every gateway begins with the same backend', () => {
  const orders = [0, 0.4, 0.9].map((random) => picks(startingAt(random), ['a', 'b', 'c'].map((name) => backend(name)), 6))
  assert.deepEqual(orders, ['abcabc', 'bcabca', 'cabcab'])
})

test('a heavier backend gets its share, spread out and not in a row', () => {
  const order = picks(startingAt(0), [backend('a', 3), backend('b', 1), backend('c', 1)], 50)
  assert.deepEqual([times('a', order), times('b', order)], [30, 10])
  assert.doesNotMatch(order, /aaaa/)
})

test('those that stay keep their turns when one joins or leaves', () => {
  const [a, b, c, d] = [backend('a'), backend('b'), backend('c'), backend('d')]
  const balancer = roundRobin({ clock: new FakeClock(), random: seededRandom(1) })
  const before = picks(balancer, [a, b, c], 1)
  const after = { a: 'bcabca', b: 'cabcab', c: 'abcabc' }[before]
  assert.equal(picks(balancer, [a, b, c, d], 8).replaceAll('d', ''), after)
  assert.equal(picks(balancer, [a, b, c], 6), after)
})

test('a backend that joins is due within one round', () => {
  for (let seed = 0; seed < 20; seed++) {
    const [a, b, c] = [backend('a'), backend('b'), backend('c')]
    const balancer = roundRobin({ clock: new FakeClock(), random: seededRandom(seed) })
    picks(balancer, [a, b], 5)
    assert.equal(times('c', picks(balancer, [a, b, c], 3)), 1)
  }
})

test('a backend that joins or comes back late is not flooded to catch up', () => {
  const [a, b] = [backend('a'), backend('b')]
  const balancer = roundRobin({ clock: new FakeClock(), random: seededRandom(1) })
  for (let i = 0; i < 2; i++) {
    picks(balancer, [a], 1000)
    assert.equal(times('b', picks(balancer, [a, b], 10)), 5)
  }
})

test('several that join at once are due in the order of the rotation', () => {
  const [a, b, c, d] = [backend('a'), backend('b'), backend('c'), backend('d')]
  const balancer = startingAt(0)
  picks(balancer, [a], 1)
  assert.equal(picks(balancer, [d, a, c, b], 8), 'cbdacbda')
})

test('a backend that comes back has its turn between its neighbours again', () => {
  const rotation = [...'abcde'].map((name) => backend(name))
  for (let seed = 0; seed < 50; seed++) {
    const random = seededRandom(seed)
    const balancer = roundRobin({ clock: new FakeClock(), random })
    picks(balancer, rotation, Math.floor(random() * 20))
    picks(balancer, rotation.filter(({ name }) => name === 'c' || random() < 0.6), 5 + Math.floor(random() * 20))
    assert.match('abcdeabcdeabcde', new RegExp(picks(balancer, rotation, 10)))
  }
})

test('one that is picked late, since it was full or others had to be spared, keeps its place', () => {
  const rotation = [...'abc'].map((name) => backend(name))
  const balancer = startingAt(0)
  assert.equal(picks(balancer, rotation, 1), 'a')
  assert.equal(balancer.pickAmong?.([rotation[2]!], '').name, 'c')
  assert.equal(picks(balancer, rotation, 7), 'babcabc')
})

test('several light ones that come back at once do not have all their turns in a row', () => {
  const heavy = backend('a', 10)
  const light = [...'bcdefghijk'].map((name) => backend(name))
  const balancer = roundRobin({ clock: new FakeClock(), random: seededRandom(1) })
  picks(balancer, [heavy, ...light], 100)
  picks(balancer, [heavy], 1000)
  const order = picks(balancer, [heavy, ...light], 20)
  assert.doesNotMatch(order, /[^a]{5}/)
  assert.equal(times('a', order), 10)
})

test('a backend that leaves and comes back at once, again and again, still has its turns', () => {
  const [a, b] = [backend('a'), backend('b')]
  const balancer = roundRobin({ clock: new FakeClock(), random: seededRandom(1) })
  let order = ''
  for (let i = 0; i < 100; i++) order += picks(balancer, [a], 1) + picks(balancer, [a, b], 1)
  assert.ok(times('b', order) >= 40, order)
})

test('a share that changes counts from now on', () => {
  const [a, b] = [backend('a', 10), backend('b', 10)]
  const balancer = startingAt(0)
  b.effectiveWeight = 0.1
  const slow = picks(balancer, [a, b], 303)
  assert.ok(Math.abs(times('b', slow) - 3) <= 1, slow)
  b.effectiveWeight = 10
  assert.equal(times('b', picks(balancer, [a, b], 100)), 50)
})

test('of the candidates the one that is due first is picked, and that was its turn', () => {
  const rotation = ['a', 'b', 'c', 'd'].map((name) => backend(name))
  const balancer = startingAt(0)
  assert.equal(picks(balancer, rotation, 2), 'ab')
  assert.equal(balancer.pickAmong?.([rotation[3]!, rotation[2]!], '').name, 'c')
  assert.equal(picks(balancer, rotation, 4), 'dabc')
})

test('one that took the requests of others while they were full is not left out when they are free again', () => {
  const rotation = ['a', 'b', 'c'].map((name) => backend(name))
  const balancer = startingAt(0)
  for (let i = 0; i < 1000; i++) {
    if (balancer.pick(rotation, '') !== rotation[1]) balancer.pickAmong?.([rotation[1]!], '')
  }
  const order = picks(balancer, rotation, 30)
  for (const name of 'abc') assert.ok(Math.abs(times(name, order) - 10) <= 1, order)
})
