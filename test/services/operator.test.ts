import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import { createTestRegistry, fails, passes } from '../helpers/registry.ts'

function create () {
  const created = createTestRegistry(['a', 'b'])
  passes(created.registry, ...created.backends)
  created.transitions.length = 0
  return { ...created, a: created.backends[0] as Backend }
}

test('a draining backend keeps its open requests, takes no new ones, and tells when it is empty', () => {
  const { registry, a, transitions } = create()
  const attempt = registry.acquireFrom(a)
  registry.command(a, 'draining', 'operator')
  assert.equal(a.state, 'draining')
  assert.equal(registry.acquireFrom(a), undefined)
  for (let i = 0; i < 10; i++) assert.equal(registry.acquire([])?.backend.name, 'b')
  attempt?.settle('success')
  assert.equal(a.state, 'drained')
  assert.deepEqual(transitions.map(({ from, to, why }) => `${from} > ${to}: ${why}`), [
    'healthy > draining: operator',
    'draining > drained: no requests in flight'
  ])
})

test('a backend without requests is drained at once', () => {
  const { registry, a, transitions } = create()
  registry.command(a, 'draining', 'operator')
  assert.deepEqual(transitions.map(({ to }) => to), ['drained'])
})

test('what checks show goes on whatever an operator wants', () => {
  const { registry, a } = create()
  registry.command(a, 'maintenance', 'operator')
  assert.equal(a.state, 'maintenance')
  fails(registry, a, a, a)
  assert.equal(a.state, 'maintenance')
  registry.command(a, 'ready', 'operator')
  assert.equal(a.state, 'unhealthy')
})

test('the last backend may be drained: the operator wants it so', () => {
  const { registry, backends } = create()
  for (const backend of backends) registry.command(backend, 'draining', 'operator')
  assert.equal(registry.acquire([]), undefined)
})

test('a command that changes nothing is not told', () => {
  const { registry, a, transitions } = create()
  registry.command(a, 'ready', 'operator')
  assert.equal(transitions.length, 0)
})
