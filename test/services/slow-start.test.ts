import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import { Queue } from '../../src/services/queue.ts'
import { createTestRegistry, fails, passes } from '../helpers/registry.ts'

/** Two backends, of which `a` has just come back. */
function createReturning (maxRequestsPerBackend = 1024) {
  const created = createTestRegistry([{ name: 'a', weight: 2 }, { name: 'b', weight: 2 }], { slowStartMs: 1000, maxRequestsPerBackend })
  const [a, b] = created.backends as [Backend, Backend]
  passes(created.registry, a, b)
  fails(created.registry, a, a, a)
  passes(created.registry, a, a)
  return { ...created, a, b }
}

test('the share of a backend that comes back grows from a tenth to all of its weight', () => {
  const { a, b, clock } = createReturning()
  const shares = [a.effectiveWeight]
  for (const ms of [50, 50, 400, 250, 250, 1000]) {
    clock.advance(ms)
    shares.push(a.effectiveWeight)
  }
  assert.deepEqual(shares, [0.2, 0.2, 0.2, 1, 1.5, 2, 2])
  assert.equal(b.effectiveWeight, 2)
})

test('each step is a new rotation, so that balancers see it, and after the last there are no more', () => {
  const { registry, clock } = createReturning()
  const rotations = new Set([registry.rotation])
  for (let i = 0; i < 100; i++) {
    clock.advance(50)
    rotations.add(registry.rotation)
  }
  assert.equal(rotations.size, 21)
  assert.equal(clock.nextInMs(), undefined)
})

test('a backend that comes back as the only one takes requests little by little', () => {
  const { registry, a, b, clock } = createReturning(10)
  fails(registry, b, b, b)
  assert.deepEqual(registry.rotation, [a])
  assert.ok(registry.acquire([]))
  assert.equal(registry.acquire([]), undefined)
  clock.advance(500)
  for (let i = 0; i < 4; i++) assert.ok(registry.acquire([]))
  assert.equal(registry.acquire([]), undefined)
})

test('at the start all have their whole share at once', () => {
  const { registry, backends } = createTestRegistry(['a', 'b'], { slowStartMs: 1000 })
  passes(registry, ...backends)
  assert.deepEqual(backends.map(({ effectiveWeight }) => effectiveWeight), [1, 1])
})

test('closing ends the growth', () => {
  const { registry, clock } = createReturning()
  registry.close()
  assert.equal(clock.nextInMs(), undefined)
})

test('requests that wait get the room that each step of the growth makes', () => {
  const { registry, a, b, clock } = createReturning(10)
  fails(registry, b, b, b)
  assert.equal(registry.acquire([])?.backend, a)
  const queue = new Queue({ registry, clock, size: 10, timeoutMs: 5000 })
  let served = 0
  for (let i = 0; i < 3; i++) {
    queue.join({
      tried: [],
      acquire: () => registry.acquire([]),
      onAttempt: () => {
        served++
      },
      onGivenUp: () => {
        assert.fail('gave up')
      }
    })
  }
  clock.advance(150)
  assert.equal(served, 1)
  clock.advance(250)
  assert.equal(served, 3)
})
