import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestRegistry } from '../helpers/registry.ts'

test('an attempt counts as in flight until it is settled', () => {
  const { registry, backends: [a] } = createTestRegistry(['a'])
  const first = registry.acquire([])
  const second = registry.acquire([])
  assert.equal(a?.inFlight, 2)
  first?.settle('success')
  assert.equal(a?.inFlight, 1)
  second?.settle('backend-failure')
  assert.equal(a?.inFlight, 0)
})

test('an attempt is settled once: the first outcome counts', () => {
  const { registry, backends: [a] } = createTestRegistry(['a'])
  const attempt = registry.acquire([])
  assert.equal(attempt?.outcome, undefined)
  attempt?.settle('client-abort')
  attempt?.settle('backend-failure')
  attempt?.settle('success')
  assert.equal(attempt?.outcome, 'client-abort')
  assert.equal(a?.inFlight, 0)
})

test('attempts go round', () => {
  const { registry } = createTestRegistry(['a', 'b', 'c'])
  const names = Array.from({ length: 6 }, () => registry.acquire([])?.backend.name)
  assert.deepEqual(names, ['a', 'b', 'c', 'a', 'b', 'c'])
})

test('an attempt for a retry skips the backends that were tried', () => {
  const { registry, backends: [a, b, c] } = createTestRegistry(['a', 'b', 'c'])
  assert.ok(a && b && c)
  for (let i = 0; i < 6; i++) {
    assert.equal(registry.acquire([a, b])?.backend, c)
    assert.notEqual(registry.acquire([b])?.backend, b)
  }
})

test('without backends there is no attempt', () => {
  const { registry } = createTestRegistry([])
  assert.equal(registry.acquire([]), undefined)
})
