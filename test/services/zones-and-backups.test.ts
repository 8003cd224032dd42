import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import type { Registry } from '../../src/services/registry.ts'
import { createTestRegistry, fails, passes } from '../helpers/registry.ts'

const near = ['n1', 'n2', 'n3', 'n4'].map((name) => ({ name, zone: 'here' }))
const far = ['f1', 'f2'].map((name) => ({ name, zone: 'there' }))

function createZones (random: () => number) {
  const created = createTestRegistry([...near, ...far], { zone: 'here', random })
  passes(created.registry, ...created.backends)
  return created
}

function zoneOf (registry: Registry): string | undefined {
  const attempt = registry.acquire([])
  attempt?.settle('success')
  return attempt?.backend.zone
}

/** The share of the requests that leaves the zone when so many of its four backends are down. */
function spillRatio (down: number): number {
  let chance = 0
  const { registry, backends } = createZones(() => chance)
  for (const backend of backends.slice(0, down)) fails(registry, backend, backend, backend)
  let spilled = 0
  for (let i = 0; i < 1000; i++) {
    chance = i / 1000
    if (zoneOf(registry) === 'there') spilled++
  }
  return spilled / 1000
}

for (const [down, expected] of [[0, 0], [1, 0], [2, 1 - 0.5 / 0.7], [3, 1 - 0.25 / 0.7], [4, 1]] as const) {
  test(`with ${down} of 4 backends of the own zone down, ${expected.toFixed(2)} of the requests leave it`, () => {
    assert.ok(Math.abs(spillRatio(down) - expected) < 0.002)
  })
}

test('a repeat may leave the zone when there is nothing left to try in it', () => {
  const { registry, backends } = createZones(() => 0.99)
  assert.equal(registry.acquire(backends.slice(0, 4))?.backend.zone, 'there')
})

test('requests leave the zone when all of it is full', () => {
  const { registry, backends } = createTestRegistry(
    [
      { name: 'n', zone: 'here' },
      { name: 'f', zone: 'there' }
    ],
    { zone: 'here', maxRequestsPerBackend: 2 }
  )
  passes(registry, ...backends)
  const zones = Array.from({ length: 4 }, () => registry.acquire([])?.backend.zone)
  assert.deepEqual(zones, ['here', 'here', 'there', 'there'])
  assert.equal(registry.acquire([]), undefined)
})

test('without backends in the own zone all the others are used', () => {
  const { registry, backends } = createTestRegistry(far, { zone: 'here' })
  passes(registry, ...backends)
  assert.equal(zoneOf(registry), 'there')
})

test('a backup is used only when no other is left, an ejected one not excepted', () => {
  const { registry, backends } = createTestRegistry(['a', 'b', { name: 'spare', isBackup: true }])
  const [a, b, spare] = backends as [Backend, Backend, Backend]
  passes(registry, a, b, spare)
  assert.deepEqual(registry.rotation, [a, b])
  fails(registry, a, a, a)
  assert.deepEqual(registry.rotation, [b])
  fails(registry, b, b, b)
  assert.deepEqual(registry.rotation, [spare])
  passes(registry, a, a)
  assert.deepEqual(registry.rotation, [a])
})

test('a request that all others have failed goes to a backup, and only when that has failed it too to one of them again', () => {
  const { registry, backends } = createTestRegistry(['a', 'b', { name: 'spare', isBackup: true }])
  const [a, b, spare] = backends as [Backend, Backend, Backend]
  passes(registry, a, b, spare)
  assert.equal(registry.acquire([a])?.backend, b)
  assert.equal(registry.acquire([a, b])?.backend, spare)
  assert.notEqual(registry.acquire([a, b, spare])?.backend, spare)
  fails(registry, spare, spare, spare)
  assert.notEqual(registry.acquire([a, b])?.backend, spare)
})
