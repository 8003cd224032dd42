import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import type { Service } from '../../src/services/service.ts'
import { anyRequest, createTestService, fails, passes } from '../helpers/service.ts'

const near = ['n1', 'n2', 'n3', 'n4'].map((name) => ({ name, zone: 'here' }))
const far = ['f1', 'f2'].map((name) => ({ name, zone: 'there' }))

function createZones (random: () => number) {
  const created = createTestService([...near, ...far], { zone: 'here', random })
  passes(created.service, ...created.backends)
  return created
}

function zoneOf (service: Service): string | undefined {
  const attempt = service.acquire(anyRequest, [])
  attempt?.settle('success')
  return attempt?.backend.zone
}

/** The share of the requests that leaves the zone when so many of its four backends are down. */
function spillRatio (down: number): number {
  let chance = 0
  const { service, backends } = createZones(() => chance)
  for (const backend of backends.slice(0, down)) fails(service, backend, backend, backend)
  let spilled = 0
  for (let i = 0; i < 1000; i++) {
    chance = i / 1000
    if (zoneOf(service) === 'there') spilled++
  }
  return spilled / 1000
}

for (const [down, expected] of [[0, 0], [1, 0], [2, 1 - 0.5 / 0.7], [3, 1 - 0.25 / 0.7], [4, 1]] as const) {
  test(`with ${down} of 4 backends of the own zone down, ${expected.toFixed(2)} of the requests leave it`, () => {
    assert.ok(Math.abs(spillRatio(down) - expected) < 0.002)
  })
}

test('a repeat may leave the zone when there is nothing left to try in it', () => {
  const { service, backends } = createZones(() => 0.99)
  assert.equal(service.acquire(anyRequest, backends.slice(0, 4))?.backend.zone, 'there')
})

test('requests leave the zone when all of it is full', () => {
  const { service, backends } = createTestService(
    [
      { name: 'n', zone: 'here' },
      { name: 'f', zone: 'there' }
    ],
    { zone: 'here', maxRequestsPerBackend: 2 }
  )
  passes(service, ...backends)
  const zones = Array.from({ length: 4 }, () => service.acquire(anyRequest, [])?.backend.zone)
  assert.deepEqual(zones, ['here', 'here', 'there', 'there'])
  assert.equal(service.acquire(anyRequest, []), undefined)
})

test('without backends in the own zone all the others are used', () => {
  const { service, backends } = createTestService(far, { zone: 'here' })
  passes(service, ...backends)
  assert.equal(zoneOf(service), 'there')
})

test('a backup is used only when no other is left, an ejected one not excepted', () => {
  const { service, backends } = createTestService(['a', 'b', { name: 'spare', isBackup: true }])
  const [a, b, spare] = backends as [Backend, Backend, Backend]
  passes(service, a, b, spare)
  assert.deepEqual(service.rotation, [a, b])
  fails(service, a, a, a)
  assert.deepEqual(service.rotation, [b])
  fails(service, b, b, b)
  assert.deepEqual(service.rotation, [spare])
  passes(service, a, a)
  assert.deepEqual(service.rotation, [a])
})

test('a request that all others have failed goes to a backup, and only when that has failed it too to one of them again', () => {
  const { service, backends } = createTestService(['a', 'b', { name: 'spare', isBackup: true }])
  const [a, b, spare] = backends as [Backend, Backend, Backend]
  passes(service, a, b, spare)
  assert.equal(service.acquire(anyRequest, [a])?.backend, b)
  assert.equal(service.acquire(anyRequest, [a, b])?.backend, spare)
  assert.notEqual(service.acquire(anyRequest, [a, b, spare])?.backend, spare)
  fails(service, spare, spare, spare)
  assert.notEqual(service.acquire(anyRequest, [a, b])?.backend, spare)
})
