import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestService, fails, passes } from '../helpers/service.ts'

test('a transition is reported once, with its evidence, after the rotation has changed', () => {
  const { service, backends: [a], transitions } = createTestService(['a'], { thresholds: { fall: 2, rise: 2 } })
  assert.ok(a)
  passes(service, a)
  const rotations: number[] = []
  service.events.subscribe(() => { rotations.push(service.rotation.length) })
  passes(service, a)
  fails(service, a, a, a, a)
  passes(service, a, a, a)
  assert.deepEqual(transitions, [
    { backend: a, from: 'unchecked', to: 'healthy', why: 'status 200' },
    { backend: a, from: 'healthy', to: 'unhealthy', why: 'connection refused' },
    { backend: a, from: 'unhealthy', to: 'healthy', why: 'status 200' }
  ])
  assert.deepEqual(rotations, [0, 1])
})

test('a subscription that was ended is not called again', () => {
  const { service, backends: [a] } = createTestService(['a'])
  assert.ok(a)
  let calls = 0
  const unsubscribe = service.events.subscribe(() => { calls++ })
  unsubscribe()
  passes(service, a)
  assert.equal(calls, 0)
})

test('the last check is kept, even when it changes nothing', () => {
  const { service, backends: [a] } = createTestService(['a'])
  assert.ok(a)
  passes(service, a)
  service.reportCheck(a, { passed: true, detail: 'status 204', durationMs: 7, at: 42 })
  assert.deepEqual(a.lastCheck, { passed: true, detail: 'status 204', durationMs: 7, at: 42 })
})
