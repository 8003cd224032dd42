import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import type { Attempt } from '../../src/services/attempt.ts'
import { anyRequest, createTestService, fails, passes } from '../helpers/service.ts'

/** A queue for one backend that takes one request at a time, and is busy. */
function createQueue (size = 10) {
  const { service, backends, clock } = createTestService(['a'], { maxRequestsPerBackend: 1, queueSize: size, queueTimeoutMs: 1000 })
  const backend = backends[0] as Backend
  passes(service, backend)
  const { queue } = service
  const log: string[] = []
  const attempts: Attempt[] = []
  const join = (name: string) => queue.join({
    tried: [],
    acquire: () => service.acquire(anyRequest, []),
    onAttempt: (attempt) => {
      log.push(name)
      attempts.push(attempt)
    },
    onGivenUp: () => { log.push(`${name} gave up`) }
  })
  attempts.push(service.acquire(anyRequest, []) as Attempt)
  const settleNext = (): void => { attempts.shift()?.settle('success') }
  return { service, backend, clock, queue, log, join, settleNext }
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
  const { join, service, backend, log } = createQueue()
  join('1')
  join('2')
  fails(service, backend, backend, backend)
  assert.deepEqual(log, ['1 gave up', '2 gave up'])
  assert.equal(join('3'), undefined)
})

test('a request that gets an attempt and settles it at once lets the next one go on', () => {
  const { service, service: { queue }, backends } = createTestService(['a'], { maxRequestsPerBackend: 1 })
  passes(service, backends[0] as Backend)
  let served = 0
  const first = service.acquire(anyRequest, [])
  for (let i = 0; i < 5; i++) {
    queue.join({
      tried: [],
      acquire: () => service.acquire(anyRequest, []),
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
  const { service, backends, clock } = createTestService(['a', 'b'], { maxRequestsPerBackend: 1, queueSize: 1000, queueTimeoutMs: 1000 })
  const [a, b] = backends as [Backend, Backend]
  passes(service, a, b)
  const { queue } = service
  const log: string[] = []
  let acquired = 0
  const request = (name: string, tried: Backend[] = []) => ({
    tried,
    acquire: () => {
      acquired++
      return service.acquire(anyRequest, tried)
    },
    onAttempt: ({ backend }: Attempt) => { log.push(`${name} at ${backend.name}`) },
    onGivenUp: () => { log.push(`${name} gave up`) }
  })
  return { service, a, b, clock, queue, log, request, acquisitions: () => acquired }
}

test('a request that waits for one backend holds up none that may use another', () => {
  const { service, a, b, queue, log, request } = createTwo()
  const onA = service.acquireFrom(a)
  service.acquireFrom(b)
  queue.join(request('retry', [a]))
  queue.join(request('first'))
  onA?.settle('success')
  assert.deepEqual(log, ['first at a'])
})

test('one that comes goes straight to a backend with room while others wait for another one', () => {
  const { service, a, b, queue, request } = createTwo()
  service.acquireFrom(b)
  queue.join(request('retry', [a]))
  assert.equal(queue.acquire(request('new'))?.backend, a)
})

test('of those that wait for different backends, the one that has waited longest comes first', () => {
  const { service, a, b, queue, log, request } = createTwo()
  service.acquireFrom(a)
  const onB = service.acquireFrom(b)
  queue.join(request('first'))
  queue.join(request('retry', [a]))
  onB?.settle('success')
  assert.deepEqual(log, ['first at b'])
})

test('room at a full backend costs no look at each of those that wait for others', () => {
  const { service, a, b, queue, request, acquisitions, log } = createTwo()
  const onA = service.acquireFrom(a)
  service.acquireFrom(b)
  for (let i = 0; i < 900; i++) queue.join(request(`retry ${i}`, [a]))
  queue.join(request('first'))
  onA?.settle('success')
  assert.deepEqual(log, ['first at a'])
  assert.ok(acquisitions() <= 3)
})

test('room that a request makes while it is being served goes to one that was passed over before', () => {
  const { service, a, b, queue, log, request } = createTwo()
  const onA = service.acquireFrom(a)
  const onB = service.acquireFrom(b)
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
