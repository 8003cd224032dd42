import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Backend } from '../../src/backends/backend.ts'
import { roundRobin } from '../../src/balancing/round-robin.ts'

function backend (name: string, weight = 1): Backend {
  return new Backend({ url: new URL(`http://${name}`), name, weight })
}

function picks (balancer: ReturnType<typeof roundRobin>, rotation: Backend[], count: number): string {
  return Array.from({ length: count }, () => balancer.pick(rotation).name).join('')
}

test('equal weights take turns in the order of the rotation', () => {
  const rotation = ['a', 'b', 'c'].map((name) => backend(name))
  assert.equal(picks(roundRobin(), rotation, 7), 'abcabca')
})

test('a heavier backend gets its share, spread out and not in a row', () => {
  const rotation = [backend('a', 3), backend('b', 1), backend('c', 1)]
  const order = picks(roundRobin(), rotation, 50)
  assert.equal([...order].filter((name) => name === 'a').length, 30)
  assert.equal([...order].filter((name) => name === 'b').length, 10)
  assert.doesNotMatch(order, /aaaa/)
})

test('those that stay keep their place when one joins or leaves', () => {
  const [a, b, c] = [backend('a'), backend('b'), backend('c')]
  const balancer = roundRobin()
  assert.equal(picks(balancer, [a, b], 1), 'a')
  const grown = [a, b, c]
  assert.equal(picks(balancer, grown, 4), 'babc')
  assert.equal(picks(balancer, [a, c], 4), 'acac')
})

test('a backend that joins late is not flooded to catch up', () => {
  const [a, b] = [backend('a'), backend('b')]
  const balancer = roundRobin()
  picks(balancer, [a], 1000)
  const order = picks(balancer, [a, b], 10)
  assert.equal([...order].filter((name) => name === 'b').length, 5)
})
