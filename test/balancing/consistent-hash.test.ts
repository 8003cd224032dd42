import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import { consistentHash } from '../../src/balancing/consistent-hash.ts'
import { backendsOf } from './pool.ts'

const keyCount = 20_000

/** Keys as clients have them: neighbouring addresses, paths and session ids. */
const keys = Array.from(
  { length: keyCount },
  (_, i) => [`10.0.${i >> 8}.${i & 255}`, `/articles/${i}`, `session-${i.toString(36)}`][i % 3]!
)

function placesOf (rotation: readonly Backend[]): Backend[] {
  const balancer = consistentHash()
  return keys.map((key) => balancer.pick(rotation, key))
}

function assertNear (actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 5 * Math.sqrt(expected), `${actual} is not about ${expected}`)
}

test('a key always goes to the same backend, on every gateway and in whatever order the backends are', () => {
  const rotation = backendsOf([1, 2, 3, 1, 1])
  assert.deepEqual(placesOf(rotation), placesOf([...rotation].reverse()))
  assert.deepEqual(placesOf(rotation).map(({ id }) => id), placesOf(backendsOf([1, 2, 3, 1, 1])).map(({ id }) => id))
})

test('keys are spread by weight', () => {
  const rotation = backendsOf([1, 2, 3, 4])
  const places = placesOf(rotation)
  for (const backend of rotation) assertNear(places.filter((place) => place === backend).length, keyCount * backend.weight / 10)
})

test('when a backend leaves only its keys move, and they spread over all the others', () => {
  const rotation = backendsOf([1, 1, 1, 1, 1])
  const [gone, ...rest] = rotation
  const before = placesOf(rotation)
  const after = placesOf(rest)
  const orphans = keys.map((_, i) => i).filter((i) => before[i] === gone)
  for (const i of keys.keys()) if (before[i] !== gone) assert.equal(after[i], before[i])
  for (const backend of rest) assertNear(orphans.filter((i) => after[i] === backend).length, orphans.length / 4)
})

test('when a backend joins it takes its share of keys, and no other key moves', () => {
  const rotation = backendsOf([1, 1, 1, 1, 1])
  const before = placesOf(rotation.slice(0, 4))
  const after = placesOf(rotation)
  const moved = [...keys.keys()].filter((i) => after[i] !== before[i])
  assertNear(moved.length, keyCount / 5)
  for (const i of moved) assert.equal(after[i], rotation[4])
})

test('when a share grows keys move to that backend only, and when it shrinks from that backend only', () => {
  const rotation = backendsOf([1, 1, 1])
  const changing = rotation[1]!
  const before = placesOf(rotation)
  changing.effectiveWeight = 2
  const grown = placesOf([...rotation])
  changing.effectiveWeight = 0.1
  const shrunk = placesOf([...rotation])
  for (const i of keys.keys()) {
    if (grown[i] !== before[i]) assert.equal(grown[i], changing)
    if (shrunk[i] !== before[i]) assert.equal(before[i], changing)
  }
  assertNear(grown.filter((place) => place === changing).length, keyCount / 2)
  assertNear(shrunk.filter((place) => place === changing).length, keyCount * 0.1 / 2.1)
})

test('the keys of a backend that is full spread over all the others and come back', () => {
  const rotation = backendsOf([1, 1, 1, 1])
  const balancer = consistentHash()
  const own = keys.filter((key) => balancer.pick(rotation, key) === rotation[0])
  const elsewhere = own.map((key) => balancer.pickAmong!(rotation.slice(1), key))
  for (const backend of rotation.slice(1)) assertNear(elsewhere.filter((place) => place === backend).length, own.length / 3)
  for (const key of own) assert.equal(balancer.pick(rotation, key), rotation[0])
})

test('among a thousand backends none is left out or flooded', () => {
  const rotation = backendsOf(Array(1000).fill(1))
  const places = placesOf(rotation)
  const counts = new Map(rotation.map((backend) => [backend, 0]))
  for (const place of places) counts.set(place, counts.get(place)! + 1)
  assert.ok(
    Math.min(...counts.values()) >= 3 && Math.max(...counts.values()) <= 45,
    `${Math.min(...counts.values())} to ${Math.max(...counts.values())}`
  )
  const chiSquare = [...counts.values()].reduce((total, count) => total + (count - 20) ** 2 / 20, 0)
  assert.ok(Math.abs(chiSquare - 999) < 5 * Math.sqrt(2 * 999), `${chiSquare}`)
})
