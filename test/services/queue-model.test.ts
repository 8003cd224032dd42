import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import type { DesiredState } from '../../src/backends/spec.ts'
import type { Attempt } from '../../src/services/attempt.ts'
import type { QueuedRequest } from '../../src/services/queue.ts'
import { fc } from '../helpers/property.ts'
import { add, command, createTestService, fails, passes, remove, update } from '../helpers/service.ts'

const maxRequests = 2
const timeoutMs = 2000
const size = 6

/** How a request ends in the turn in which it gets its backend, if it does. */
type QuickEnd = 'ok' | 'refused' | 'none'

type End = 'ok' | 'error' | 'refused' | 'left' | 'head'

/** One thing that can happen; backends, requests in flight and requests that wait are numbers, taken modulo how many there are. */
type Step =
  | { readonly kind: 'request', readonly tried: number, readonly sticky: number, readonly quickEnd: QuickEnd }
  | { readonly kind: 'answer', readonly which: number, readonly end: End }
  | { readonly kind: 'leave', readonly which: number }
  | { readonly kind: 'pass', readonly ms: number }
  | { readonly kind: 'check', readonly which: number, readonly passed: boolean }
  | { readonly kind: 'command', readonly which: number, readonly desiredState: DesiredState }
  | { readonly kind: 'weigh', readonly which: number, readonly weight: number }
  | { readonly kind: 'backup', readonly which: number, readonly isBackup: boolean }
  | { readonly kind: 'join', readonly zone: string }
  | { readonly kind: 'remove', readonly which: number }

const which = fc.nat(11)
/** A bit for each backend: half of the requests are no retries. */
const tried = fc.oneof(fc.constant(0), fc.nat(15))
const quickEnd = fc.constantFrom<QuickEnd>('ok', 'refused', 'none')
const end = fc.constantFrom<End>('ok', 'error', 'refused', 'left', 'head')
const desiredState = fc.constantFrom<DesiredState>('ready', 'draining', 'maintenance')
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('request' as const), tried, sticky: fc.nat(9), quickEnd }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('answer' as const), which, end }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), which }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.oneof(fc.nat(300), fc.nat(6000)) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('check' as const), which, passed: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('command' as const), which, desiredState }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('weigh' as const), which, weight: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('backup' as const), which, isBackup: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('join' as const), zone: fc.constantFrom('here', 'there') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), which }) }
)

interface TestRequest extends QueuedRequest {
  readonly number: number
  readonly joinedAt: number
  leave?: (() => void) | undefined
}

function waitForTheSame (one: TestRequest, other: TestRequest): boolean {
  return one.tried.length === other.tried.length && one.tried.every((backend) => other.tried.includes(backend))
}

function createModel () {
  const { service, clock } = createTestService(['a', 'b', 'c', { name: 'spare', isBackup: true }], {
    thresholds: { fall: 2, rise: 2 },
    outliers: { failures: 2, ejectMs: 1000, maxEjectedPercent: 50 },
    maxRequestsPerBackend: maxRequests,
    probeTimeoutMs: 700,
    slowStartMs: 500,
    zone: 'here',
    queueSize: size,
    queueTimeoutMs: timeoutMs
  })
  passes(service, ...service.backends())
  const { queue } = service
  const queued = new Set<TestRequest>()
  const open: Attempt[] = []
  let count = 0

  function roomOf ({ effectiveWeight, weight }: Backend): number {
    return Math.ceil(maxRequests * effectiveWeight / weight)
  }

  function hasRoom (backend: Backend): boolean {
    return backend.inFlight < roomOf(backend)
  }

  /** Where such a request may go, as the documentation has it. */
  function mayUse (tried: readonly Backend[]): Backend[] {
    const { rotation } = service
    const isNew = (backend: Backend): boolean => !tried.includes(backend)
    const isOver = ({ state, health: { ejection } }: Backend): boolean => {
      return state === 'ejected' && ejection.state === 'ejected' && ejection.until <= clock.now()
    }
    const due = service.backends().filter(isOver)
    const untried = rotation.filter(isNew)
    if (untried.length > 0) return [...untried, ...due.filter(isNew)]
    const backups = service.backends().filter((backend) => backend.isBackup && backend.state === 'healthy' && !rotation.includes(backend))
    const untriedBackups = backups.filter(isNew)
    return [...untriedBackups.length > 0 ? untriedBackups : rotation, ...due.filter(isNew)]
  }

  function request (tried: Backend[], sticky: Backend | undefined, quickEnd: QuickEnd): void {
    const request: TestRequest = {
      tried,
      number: ++count,
      joinedAt: clock.now(),
      acquire: () => service.acquire({ key: '', sticky }, tried),
      onAttempt: (attempt) => {
        assert.ok(queued.delete(request), 'none is served twice, nor after it has left')
        for (const other of queued) assert.ok(!waitForTheSame(other, request) || other.number > request.number, 'first in, first out')
        begin(attempt, quickEnd)
      },
      onGivenUp: () => {
        assert.ok(queued.delete(request), 'none gives up twice, nor after it was served')
        assert.ok(clock.now() - request.joinedAt === timeoutMs || service.rotation.length === 0, 'it gives up at the end of its time')
      }
    }
    const attempt = queue.acquire(request)
    if (attempt !== undefined) return begin(attempt, quickEnd)
    request.leave = queue.join(request)
    if (request.leave !== undefined) queued.add(request)
    else assert.ok(queued.size >= size || service.rotation.length === 0, 'there is room in the queue')
  }

  function begin (attempt: Attempt, quickEnd: QuickEnd): void {
    assert.ok(attempt.backend.inFlight <= roomOf(attempt.backend), 'no backend gets more than it has room for')
    open.push(attempt)
    if (quickEnd !== 'none') answer(open.length - 1, quickEnd)
  }

  function answer (which: number, end: End): void {
    const attempt = open[which % open.length]
    if (attempt === undefined) return
    if (end === 'head') return attempt.answered(200, clock.now())
    open.splice(open.indexOf(attempt), 1)
    if (end === 'left') return attempt.settle('client-abort')
    if (end === 'refused') return attempt.settle('backend-failure', 'refused')
    attempt.answered(end === 'ok' ? 200 : 500, clock.now())
    attempt.settle('success')
  }

  function run (step: Step): void {
    const backends = service.backends()
    const backendOf = (which: number): Backend | undefined => backends[which % backends.length]
    const backend = 'which' in step ? backendOf(step.which) : undefined
    switch (step.kind) {
      case 'request': return request(backends.filter((_, i) => (step.tried & (1 << i)) !== 0), backends[step.sticky], step.quickEnd)
      case 'answer': return answer(step.which, step.end)
      case 'pass': return clock.advance(step.ms)
      case 'leave': {
        const gone = [...queued][step.which % queued.size]
        if (gone === undefined) return
        queued.delete(gone)
        return gone.leave?.()
      }
      case 'join':
        if (backends.length < 6) add(service, { url: `http://new-${++count}`, name: `new-${count}`, weight: 2, zone: step.zone })
        return
    }
    if (backend === undefined) return
    switch (step.kind) {
      case 'check': return (step.passed ? passes : fails)(service, backend)
      case 'command': return command(service, backend, step.desiredState, 'test')
      case 'weigh': return update(service, backend, { weight: step.weight })
      case 'backup': return update(service, backend, { isBackup: step.isBackup })
      case 'remove': return remove(service, backend, 'test')
      default: step satisfies never
    }
  }

  function assertInvariants (): void {
    assert.equal(queue.length, queued.size)
    for (const { tried, joinedAt } of queued) {
      assert.ok(clock.now() - joinedAt < timeoutMs, 'none waits longer than it may')
      assert.deepEqual(mayUse(tried).filter(hasRoom).map(({ name }) => name), [], 'none waits while a backend that it may use has room')
    }
    for (const { health: { ejection } } of service.backends()) {
      if (ejection.state === 'probing') assert.ok(clock.now() - ejection.since < 700, 'a probe comes to a result')
      if (ejection.state === 'ejected') assert.ok(clock.now() - ejection.until < 1000, 'an ejection ends')
    }
  }

  return { run, assertInvariants, seen: () => queued.size }
}

test('whatever happens in whatever order, no request waits while a backend that it may use has room', () => {
  let mostWaiting = 0
  fc.assert(fc.property(fc.array(step, { maxLength: 100, size: 'max' }), (steps) => {
    const { run, assertInvariants, seen } = createModel()
    for (const step of steps) {
      run(step)
      mostWaiting = Math.max(mostWaiting, seen())
      assertInvariants()
    }
  }), { numRuns: 400 })
  assert.equal(mostWaiting, size)
})
