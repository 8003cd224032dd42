import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import { anyRequest, command, createTestService, fails, passes } from '../helpers/service.ts'

function create () {
  const created = createTestService(['a', 'b'])
  passes(created.service, ...created.backends)
  created.transitions.length = 0
  return { ...created, a: created.backends[0] as Backend }
}

test('a draining backend keeps its open requests, takes no new ones, and tells when it is empty', () => {
  const { service, a, transitions } = create()
  const attempt = service.acquireFrom(a)
  command(service, a, 'draining', 'operator')
  assert.equal(a.state, 'draining')
  assert.equal(service.acquireFrom(a), undefined)
  for (let i = 0; i < 10; i++) assert.equal(service.acquire(anyRequest, [])?.backend.name, 'b')
  attempt?.settle('success')
  assert.equal(a.state, 'drained')
  assert.deepEqual(transitions.map(({ from, to, why }) => `${from} > ${to}: ${why}`), [
    'healthy > draining: operator',
    'draining > drained: no requests in flight'
  ])
})

test('a backend without requests is drained at once', () => {
  const { service, a, transitions } = create()
  command(service, a, 'draining', 'operator')
  assert.deepEqual(transitions.map(({ to }) => to), ['drained'])
})

test('what checks show goes on whatever an operator wants', () => {
  const { service, a } = create()
  command(service, a, 'maintenance', 'operator')
  assert.equal(a.state, 'maintenance')
  fails(service, a, a, a)
  assert.equal(a.state, 'maintenance')
  command(service, a, 'ready', 'operator')
  assert.equal(a.state, 'unhealthy')
})

test('the last backend may be drained: the operator wants it so', () => {
  const { service, backends } = create()
  for (const backend of backends) command(service, backend, 'draining', 'operator')
  assert.equal(service.acquire(anyRequest, []), undefined)
})

test('a command that changes nothing is not told', () => {
  const { service, a, transitions } = create()
  command(service, a, 'ready', 'operator')
  assert.equal(transitions.length, 0)
})
