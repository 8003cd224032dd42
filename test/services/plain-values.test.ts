import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import { anyRequest, command, createTestService, fails, passes } from '../helpers/service.ts'

test('what was said, wanted and observed of a backend could be sent to another process, in every state', () => {
  const { service, backends, clock } = createTestService([
    { name: 'a', zone: 'here', isBackup: false, healthCheck: { path: '/up', status: { first: 200, last: 204 } } }, 'b', 'c'
  ])
  const [a, b, c] = backends as [Backend, Backend, Backend]
  const seen = new Set<string>()
  const look = (): void => {
    for (const { spec, desiredState, health, state } of backends) {
      assert.deepEqual(structuredClone({ spec, desiredState, health }), { spec, desiredState, health })
      seen.add(state)
    }
  }
  look()
  passes(service, a, b, c)
  look()
  for (let i = 0; i < 5; i++) service.acquireFrom(a)?.settle('backend-failure', 'reset')
  look()
  clock.advance(10_000)
  service.acquire(anyRequest, [])
  look()
  fails(service, b, b, b)
  command(service, c, 'draining', 'test')
  look()
  assert.deepEqual([...seen].sort(), ['drained', 'ejected', 'healthy', 'probing', 'unchecked', 'unhealthy'])
})

test('a change of health leaves the value from before as it was', () => {
  const { service, backends: [a] } = createTestService(['a', 'b'])
  assert.ok(a)
  const before = a.health
  passes(service, a)
  assert.notEqual(a.health, before)
  assert.equal(before.checked.state, 'unchecked')
})
