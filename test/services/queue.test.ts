import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import type { Attempt } from '../../src/services/attempt.ts'
import { Queue } from '../../src/services/queue.ts'
import { createTestRegistry, fails, passes } from '../helpers/registry.ts'

/** A queue for one backend that takes one request at a time, and is busy. */
function createQueue (size = 10) {
  const { registry, backends, clock } = createTestRegistry(['a'], { maxRequestsPerBackend: 1 })
  const backend = backends[0] as Backend
  passes(registry, backend)
  const queue = new Queue({ registry, clock, size, timeoutMs: 1000 })
  const log: string[] = []
  const attempts: Attempt[] = []
  const join = (name: string) => queue.join({
    tried: [],
    acquire: () => registry.acquire([]),
    onAttempt: (attempt) => {
      log.push(name)
      attempts.push(attempt)
    },
    onGivenUp: () => { log.push(`${name} gave up`) }
  })
  attempts.push(registry.acquire([]) as Attempt)
  const settleNext = (): void => { attempts.shift()?.settle('success') }
  return { registry, backend, clock, queue, log, join, settleNext }
}

test('first in, first out', () => {
  const { join, log, settleNext, queue } = createQueue()
  for (const name of ['1', '2', '3']) join(name)
  settleNext()
  assert.deepEqual(log, ['1'])
  settleNext()
  settleNext()
  assert.deepEqual(log, ['1', '2', '3'])
  assert.equal(queue.length, 0)
})

test('a full queue takes no more', () => {
  const { join, queue } = createQueue(2)
  assert.ok(join('1'))
  assert.ok(join('2'))
  assert.equal(join('3'), undefined)
  assert.equal(queue.length, 2)
})

test('who has waited too long gives up', () => {
  const { join, clock, log, settleNext } = createQueue()
  join('1')
  clock.advance(600)
  join('2')
  clock.advance(400)
  assert.deepEqual(log, ['1 gave up'])
  settleNext()
  clock.advance(10_000)
  assert.deepEqual(log, ['1 gave up', '2'])
})

test('who leaves gives up the place', () => {
  const { join, log, settleNext, clock } = createQueue()
  const leave = join('1')
  join('2')
  leave?.()
  settleNext()
  clock.advance(10_000)
  assert.deepEqual(log, ['2'])
})

test('when no backend is left nobody waits any more, and nobody comes to', () => {
  const { join, registry, backend, log } = createQueue()
  join('1')
  join('2')
  fails(registry, backend, backend, backend)
  assert.deepEqual(log, ['1 gave up', '2 gave up'])
  assert.equal(join('3'), undefined)
})

test('a request that gets an attempt and settles it at once lets the next one go on', () => {
  const { registry, backends, clock } = createTestRegistry(['a'], { maxRequestsPerBackend: 1 })
  passes(registry, backends[0] as Backend)
  const queue = new Queue({ registry, clock, size: 10, timeoutMs: 1000 })
  let served = 0
  const first = registry.acquire([])
  for (let i = 0; i < 5; i++) {
    queue.join({
      tried: [],
      acquire: () => registry.acquire([]),
      onAttempt: (attempt) => {
        served++
        attempt.settle('success')
      },
      onGivenUp: () => {}
    })
  }
  first?.settle('success')
  assert.equal(served, 5)
})

/** Two backends that take one request at a time, and requests that wait for them. */
function createTwo () {
  const { registry, backends, clock } = createTestRegistry(['a', 'b'], { maxRequestsPerBackend: 1 })
  const [a, b] = backends as [Backend, Backend]
  passes(registry, a, b)
  const queue = new Queue({ registry, clock, size: 1000, timeoutMs: 1000 })
  const log: string[] = []
  let acquired = 0
  const request = (name: string, tried: Backend[] = []) => ({
    tried,
    acquire: () => {
      acquired++
      return registry.acquire(tried)
    },
    onAttempt: ({ backend }: Attempt) => { log.push(`${name} at ${backend.name}`) },
    onGivenUp: () => { log.push(`${name} gave up`) }
  })
  return { registry, a, b, clock, queue, log, request, acquisitions: () => acquired }
}

test('a request that waits for one backend holds up none that may use another', () => {
  const { registry, a, b, queue, log, request } = createTwo()
  const onA = registry.acquireFrom(a)
  registry.acquireFrom(b)
  queue.join(request('retry', [a]))
  queue.join(request('first'))
  onA?.settle('success')
  assert.deepEqual(log, ['first at a'])
})

test('one that comes goes straight to a backend with room while others wait for another one', () => {
  const { registry, a, b, queue, request } = createTwo()
  registry.acquireFrom(b)
  queue.join(request('retry', [a]))
  assert.equal(queue.acquire(request('new'))?.backend, a)
})

test('of those that wait for different backends, the one that has waited longest comes first', () => {
  const { registry, a, b, queue, log, request } = createTwo()
  registry.acquireFrom(a)
  const onB = registry.acquireFrom(b)
  queue.join(request('first'))
  queue.join(request('retry', [a]))
  onB?.settle('success')
  assert.deepEqual(log, ['first at b'])
})

test('room at a full backend costs no look at each of those that wait for others', () => {
  const { registry, a, b, queue, request, acquisitions, log } = createTwo()
  const onA = registry.acquireFrom(a)
  registry.acquireFrom(b)
  for (let i = 0; i < 900; i++) queue.join(request(`retry ${i}`, [a]))
  queue.join(request('first'))
  onA?.settle('success')
  assert.deepEqual(log, ['first at a'])
  assert.ok(acquisitions() <= 3)
})

test('room that a request makes while it is being served goes to one that was passed over before', () => {
  const { registry, a, b, queue, log, request } = createTwo()
  const onA = registry.acquireFrom(a)
  const onB = registry.acquireFrom(b)
  queue.join(request('retry', [b]))
  queue.join({
    ...request('first'),
    onAttempt: () => {
      log.push('first')
      onA?.settle('success')
    }
  })
  onB?.settle('success')
  assert.deepEqual(log, ['first', 'retry at a'])
})
