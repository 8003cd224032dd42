import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anyRequest, createTestService } from '../helpers/service.ts'

test('an attempt counts as in flight until it is settled', () => {
  const { service, backends: [a] } = createTestService(['a'])
  const first = service.acquire(anyRequest, [])
  const second = service.acquire(anyRequest, [])
  assert.equal(a?.inFlight, 2)
  first?.settle('success')
  assert.equal(a?.inFlight, 1)
  second?.settle('backend-failure')
  assert.equal(a?.inFlight, 0)
})

test('an attempt is settled once: the first outcome counts', () => {
  const { service, backends: [a] } = createTestService(['a'])
  const attempt = service.acquire(anyRequest, [])
  assert.equal(attempt?.outcome, undefined)
  attempt?.settle('client-abort')
  attempt?.settle('backend-failure')
  attempt?.settle('success')
  assert.equal(attempt?.outcome, 'client-abort')
  assert.equal(a?.inFlight, 0)
})

test('attempts go round', () => {
  const { service } = createTestService(['a', 'b', 'c'])
  const names = Array.from({ length: 6 }, () => service.acquire(anyRequest, [])?.backend.name)
  assert.deepEqual(names, ['a', 'b', 'c', 'a', 'b', 'c'])
})

test('an attempt for a retry skips the backends that were tried', () => {
  const { service, backends: [a, b, c] } = createTestService(['a', 'b', 'c'])
  assert.ok(a && b && c)
  for (let i = 0; i < 6; i++) {
    assert.equal(service.acquire(anyRequest, [a, b])?.backend, c)
    assert.notEqual(service.acquire(anyRequest, [b])?.backend, b)
  }
})

test('without backends there is no attempt', () => {
  const { service } = createTestService([])
  assert.equal(service.acquire(anyRequest, []), undefined)
})
