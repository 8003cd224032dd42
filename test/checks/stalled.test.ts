import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import { StallWatch } from '../../src/checks/stall-watch.ts'
import { alone, createTestService, fails, passes } from '../helpers/service.ts'

function createWatched (t: TestContext) {
  const { service, backends, clock } = createTestService(['a', 'b'])
  passes(service, ...backends)
  const heard: string[] = []
  const watch = new StallWatch({ services: alone(service), clock, onStalled: ({ name }) => { heard.push(name) } })
  watch.start()
  t.after(() => { watch.stop() })
  return { service, clock, heard, a: backends[0] as Backend }
}

test('a backend that answers nothing while requests wait is noticed once', (t) => {
  const { service, a, clock, heard } = createWatched(t)
  service.acquireFrom(a)
  clock.advance(499)
  assert.deepEqual(heard, [])
  clock.advance(5000)
  assert.deepEqual(heard, ['a'])
})

test('one that answers has not stalled, however long its answers take', (t) => {
  const { service, a, clock, heard } = createWatched(t)
  const stream = service.acquireFrom(a)
  stream?.answered(200, clock.now())
  clock.advance(60_000)
  const waiting = service.acquireFrom(a)
  for (let i = 0; i < 10; i++) {
    clock.advance(300)
    service.acquireFrom(a)?.answered(200, clock.now())
  }
  assert.deepEqual(heard, [])
  assert.equal(a.unanswered, 1)
  waiting?.settle('client-abort')
  assert.equal(a.unanswered, 0)
})

test('one that stalls again is noticed again', (t) => {
  const { service, a, clock, heard } = createWatched(t)
  for (let i = 0; i < 2; i++) {
    const attempt = service.acquireFrom(a)
    clock.advance(1000)
    attempt?.settle('client-abort')
    clock.advance(1000)
  }
  assert.deepEqual(heard, ['a', 'a'])
})

test('of a stalled backend one failed check is enough', (t) => {
  const { service, a, clock } = createWatched(t)
  fails(service, a)
  assert.equal(a.state, 'healthy')
  service.acquireFrom(a)
  clock.advance(500)
  fails(service, a)
  assert.equal(a.state, 'unhealthy')
})

test('where all have stalled, it may be the gateway: the threshold holds', (t) => {
  const { service, clock, a } = createWatched(t)
  for (const backend of service.backends()) service.acquireFrom(backend)
  clock.advance(500)
  fails(service, a)
  assert.equal(a.state, 'healthy')
})
