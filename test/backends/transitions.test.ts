import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestRegistry, fails, passes } from '../helpers/registry.ts'

test('a transition is reported once, with its evidence, after the rotation has changed', () => {
  const { registry, backends: [a], transitions } = createTestRegistry(['a'], { thresholds: { fall: 2, rise: 2 } })
  assert.ok(a)
  passes(registry, a)
  const rotations: number[] = []
  registry.events.subscribe(() => { rotations.push(registry.rotation.length) })
  passes(registry, a)
  fails(registry, a, a, a, a)
  passes(registry, a, a, a)
  assert.deepEqual(transitions, [
    { backend: a, from: 'unchecked', to: 'healthy', why: 'status 200' },
    { backend: a, from: 'healthy', to: 'unhealthy', why: 'connection refused' },
    { backend: a, from: 'unhealthy', to: 'healthy', why: 'status 200' }
  ])
  assert.deepEqual(rotations, [0, 1])
})

test('a subscription that was ended is not called again', () => {
  const { registry, backends: [a] } = createTestRegistry(['a'])
  assert.ok(a)
  let calls = 0
  const unsubscribe = registry.events.subscribe(() => { calls++ })
  unsubscribe()
  passes(registry, a)
  assert.equal(calls, 0)
})

test('the last check is kept, even when it changes nothing', () => {
  const { registry, backends: [a] } = createTestRegistry(['a'])
  assert.ok(a)
  passes(registry, a)
  registry.reportCheck(a, { passed: true, detail: 'status 204', durationMs: 7, at: 42 })
  assert.deepEqual(a.lastCheck, { passed: true, detail: 'status 204', durationMs: 7, at: 42 })
})
