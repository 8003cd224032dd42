import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Registry } from '../../src/services/registry.ts'
import { createTestRegistry, fails, passes } from '../helpers/registry.ts'

function inRotation (registry: Registry): string[] {
  return registry.rotation.map(({ name }) => name)
}

test('backends that were never checked are used while nothing is healthy', () => {
  const { registry, backends: [a, b, c] } = createTestRegistry(['a', 'b', 'c'])
  assert.ok(a && b && c)
  assert.deepEqual(inRotation(registry), ['a', 'b', 'c'])
  fails(registry, a)
  assert.deepEqual(inRotation(registry), ['b', 'c'])
  passes(registry, c)
  assert.deepEqual(inRotation(registry), ['c'])
})

test('a backend gets no traffic before its first passed check when another is up', () => {
  const { registry, backends: [a] } = createTestRegistry(['a'])
  assert.ok(a)
  passes(registry, a)
  const late = registry.add({ url: new URL('http://late'), name: 'late', weight: 1 })
  assert.deepEqual(inRotation(registry), ['a'])
  passes(registry, late)
  assert.deepEqual(inRotation(registry), ['a', 'late'])
})

test('a backend leaves the rotation at the threshold and not before, and comes back likewise', () => {
  const { registry, backends: [a, b] } = createTestRegistry(['a', 'b'], { thresholds: { fall: 2, rise: 2 } })
  assert.ok(a && b)
  passes(registry, a, b)
  fails(registry, a)
  assert.deepEqual(inRotation(registry), ['a', 'b'])
  fails(registry, a)
  assert.deepEqual(inRotation(registry), ['b'])
  passes(registry, a)
  assert.deepEqual(inRotation(registry), ['b'])
  passes(registry, a)
  assert.deepEqual(inRotation(registry), ['a', 'b'])
})

test('backends that failed are not used even when nothing else is up', () => {
  const { registry, backends: [a, b] } = createTestRegistry(['a', 'b'])
  assert.ok(a && b)
  fails(registry, a, b)
  assert.deepEqual(inRotation(registry), [])
  assert.equal(registry.acquire([]), undefined)
})

test('the rotation is the same array until something changed', () => {
  const { registry, backends: [a, b] } = createTestRegistry(['a', 'b'])
  assert.ok(a && b)
  passes(registry, a, b)
  const before = registry.rotation
  fails(registry, a)
  passes(registry, a, b)
  registry.acquire([])?.settle('success')
  assert.equal(registry.rotation, before)
  fails(registry, a, a, a)
  assert.notEqual(registry.rotation, before)
})
