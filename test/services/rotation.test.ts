import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Service } from '../../src/services/service.ts'
import { add, anyRequest, createTestService, fails, passes } from '../helpers/service.ts'

function inRotation (service: Service): string[] {
  return service.rotation.map(({ name }) => name)
}

test('backends that were never checked are used while nothing is healthy', () => {
  const { service, backends: [a, b, c] } = createTestService(['a', 'b', 'c'])
  assert.ok(a && b && c)
  assert.deepEqual(inRotation(service), ['a', 'b', 'c'])
  fails(service, a)
  assert.deepEqual(inRotation(service), ['b', 'c'])
  passes(service, c)
  assert.deepEqual(inRotation(service), ['c'])
})

test('a backend gets no traffic before its first passed check when another is up', () => {
  const { service, backends: [a] } = createTestService(['a'])
  assert.ok(a)
  passes(service, a)
  const late = add(service, { url: 'http://late', name: 'late', weight: 1 })
  assert.deepEqual(inRotation(service), ['a'])
  passes(service, late)
  assert.deepEqual(inRotation(service), ['a', 'late'])
})

test('a backend leaves the rotation at the threshold and not before, and comes back likewise', () => {
  const { service, backends: [a, b] } = createTestService(['a', 'b'], { thresholds: { fall: 2, rise: 2 } })
  assert.ok(a && b)
  passes(service, a, b)
  fails(service, a)
  assert.deepEqual(inRotation(service), ['a', 'b'])
  fails(service, a)
  assert.deepEqual(inRotation(service), ['b'])
  passes(service, a)
  assert.deepEqual(inRotation(service), ['b'])
  passes(service, a)
  assert.deepEqual(inRotation(service), ['a', 'b'])
})

test('backends that failed are not used even when nothing else is up', () => {
  const { service, backends: [a, b] } = createTestService(['a', 'b'])
  assert.ok(a && b)
  fails(service, a, b)
  assert.deepEqual(inRotation(service), [])
  assert.equal(service.acquire(anyRequest, []), undefined)
})

test('the rotation is the same array until something changed', () => {
  const { service, backends: [a, b] } = createTestService(['a', 'b'])
  assert.ok(a && b)
  passes(service, a, b)
  const before = service.rotation
  fails(service, a)
  passes(service, a, b)
  service.acquire(anyRequest, [])?.settle('success')
  assert.equal(service.rotation, before)
  fails(service, a, a, a)
  assert.notEqual(service.rotation, before)
})
