import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import type { Registry } from '../../src/services/registry.ts'
import type { FailureReason as Failure } from '../../src/upstream/failure.ts'
import { createTestRegistry, fails, passes } from '../helpers/registry.ts'

type Options = Parameters<typeof createTestRegistry>[1]

/** Backends that have passed their check. */
function createHealthy (names: string[], options?: Options) {
  const created = createTestRegistry(names, options)
  passes(created.registry, ...created.backends)
  created.transitions.length = 0
  return { ...created, a: created.backends[0] as Backend, b: created.backends[1] as Backend, c: created.backends[2] as Backend }
}

/** Sends `count` requests to this one backend, with this end. */
function attempts (registry: Registry, backend: Backend, count: number, end: Failure | number | 'client-abort'): void {
  for (let i = 0; i < count; i++) {
    const attempt = registry.acquireFrom(backend)
    assert.ok(attempt, `${backend.name} is in rotation`)
    if (end === 'client-abort') attempt.settle('client-abort')
    else if (typeof end === 'number') {
      attempt.answered(end, 0)
      attempt.settle('success')
    } else attempt.settle('backend-failure', end)
  }
}

function inRotation ({ rotation }: Registry): string {
  return rotation.map(({ name }) => name).join(' ')
}

for (const end of ['refused', 'reset', 'response-timeout', 'not-http', 500, 503] as const) {
  test(`five times in a row ${end} eject a backend`, () => {
    const { registry, a, transitions } = createHealthy(['a', 'b', 'c'])
    attempts(registry, a, 4, end)
    assert.equal(inRotation(registry), 'a b c')
    attempts(registry, a, 1, end)
    assert.equal(inRotation(registry), 'b c')
    assert.match(transitions[0]?.why ?? '', /^5 failures in a row, last: /)
    assert.deepEqual([transitions[0]?.from, transitions[0]?.to], ['healthy', 'ejected'])
  })
}

for (const end of [200, 404, 499, 'client-abort'] as const) {
  test(`${end} speaks against no backend`, () => {
    const { registry, a } = createHealthy(['a', 'b', 'c'])
    attempts(registry, a, 100, end)
    assert.equal(inRotation(registry), 'a b c')
  })
}

test('the end of a kept connection that was closed meanwhile speaks against no backend', () => {
  const { registry, a } = createHealthy(['a', 'b'])
  for (let i = 0; i < 100; i++) registry.acquireFrom(a)?.settle('backend-failure')
  assert.equal(inRotation(registry), 'a b')
})

test('one success between them begins the row anew', () => {
  const { registry, a } = createHealthy(['a', 'b', 'c'])
  for (let i = 0; i < 4; i++) {
    attempts(registry, a, 4, 'reset')
    attempts(registry, a, 1, 200)
  }
  assert.equal(inRotation(registry), 'a b c')
})

test('half of twenty requests within 10 s eject, and those before do not count', () => {
  const { registry, a, clock, transitions } = createHealthy(['a', 'b', 'c'])
  attempts(registry, a, 100, 200)
  clock.advance(11_000)
  for (let i = 0; i < 9; i++) {
    attempts(registry, a, 1, 'reset')
    attempts(registry, a, 1, 200)
  }
  attempts(registry, a, 1, 200)
  assert.equal(inRotation(registry), 'a b c')
  attempts(registry, a, 1, 'reset')
  assert.equal(inRotation(registry), 'b c')
  assert.equal(transitions[0]?.why, '10 of 20 requests failed within 10 s, last: connection reset')
})

test('with OUTLIER_FAILURES=0 none is ejected', () => {
  const { registry, a } = createHealthy(['a', 'b'], { outliers: { failures: 0, ejectMs: 10_000, maxEjectedPercent: 50 } })
  attempts(registry, a, 1000, 'refused')
  assert.equal(inRotation(registry), 'a b')
})

test('never more than OUTLIER_MAX_EJECTED_PERCENT', () => {
  const { registry, a, b, c } = createHealthy(['a', 'b', 'c', 'd'], { outliers: { failures: 5, ejectMs: 10_000, maxEjectedPercent: 50 } })
  for (const backend of [a, b, c]) attempts(registry, backend, 5, 'reset')
  assert.equal(inRotation(registry), 'c d')
})

test('never the last one', () => {
  const { registry, a, b } = createHealthy(['a', 'b'], { outliers: { failures: 5, ejectMs: 10_000, maxEjectedPercent: 100 } })
  attempts(registry, a, 5, 'reset')
  attempts(registry, b, 50, 'reset')
  assert.equal(inRotation(registry), 'b')
})

test('where all answer 5xx alike, none is ejected for it', () => {
  const { registry, backends } = createHealthy(['a', 'b', 'c'])
  for (let i = 0; i < 50; i++) for (const backend of backends) attempts(registry, backend, 1, 500)
  assert.equal(inRotation(registry), 'a b c')
})

test('where all answer 5xx alike, one that fails to answer is ejected', () => {
  const { registry, backends, a } = createHealthy(['a', 'b', 'c'])
  for (let i = 0; i < 50; i++) for (const backend of backends) attempts(registry, backend, 1, 500)
  attempts(registry, a, 5, 'reset')
  assert.equal(inRotation(registry), 'b c')
})

test('one of many that answers with errors is ejected although the others have some too', () => {
  const { registry, backends, a } = createHealthy(['a', 'b', 'c'])
  for (const backend of backends) {
    attempts(registry, backend, 30, 200)
    attempts(registry, backend, 1, 500)
    attempts(registry, backend, 30, 200)
  }
  attempts(registry, a, 5, 500)
  assert.equal(inRotation(registry), 'b c')
})

test('after its time one request probes it, and a success brings it back', () => {
  const { registry, a, clock, transitions } = createHealthy(['a', 'b'])
  attempts(registry, a, 5, 'reset')
  clock.advance(9999)
  assert.equal(registry.acquire([])?.backend.name, 'b')
  clock.advance(1)
  const attempt = registry.acquire([])
  assert.equal(attempt?.backend, a)
  assert.equal(a.state, 'probing')
  for (let i = 0; i < 10; i++) assert.equal(registry.acquire([])?.backend.name, 'b')
  attempt?.settle('success')
  assert.equal(inRotation(registry), 'a b')
  assert.deepEqual(transitions.map(({ to }) => to), ['ejected', 'probing', 'healthy'])
})

test('a probe that fails ejects it again, for twice as long', () => {
  const { registry, a, clock } = createHealthy(['a', 'b'])
  attempts(registry, a, 5, 'reset')
  clock.advance(10_000)
  registry.acquire([])?.settle('backend-failure', 'reset')
  assert.equal(a.state, 'ejected')
  clock.advance(19_999)
  assert.equal(registry.acquire([])?.backend.name, 'b')
  clock.advance(1)
  assert.equal(registry.acquire([])?.backend, a)
})

test('ejections grow to 2 minutes at most, and begin anew after 2 good minutes', () => {
  const { registry, a, clock } = createHealthy(['a', 'b'])
  attempts(registry, a, 5, 'reset')
  for (let i = 1; i < 30; i++) {
    clock.advance(Math.min(i * 10_000, 120_000))
    const attempt = registry.acquire([])
    assert.equal(attempt?.backend, a)
    attempt?.settle('backend-failure', 'reset')
  }
  clock.advance(119_999)
  assert.equal(registry.acquire([])?.backend.name, 'b')
  clock.advance(1)
  registry.acquire([])?.settle('success')
  clock.advance(121_000)
  attempts(registry, a, 5, 'reset')
  clock.advance(10_000)
  assert.equal(registry.acquire([])?.backend, a)
})

test('a client that leaves its probe leaves it to the next request', () => {
  const { registry, a, clock } = createHealthy(['a', 'b'])
  attempts(registry, a, 5, 'reset')
  clock.advance(10_000)
  registry.acquire([])?.settle('client-abort')
  assert.equal(a.state, 'ejected')
  assert.equal(registry.acquire([])?.backend, a)
})

test('a repeat of a request does not probe a backend that has failed it', () => {
  const { registry, a, clock } = createHealthy(['a', 'b'])
  attempts(registry, a, 5, 'reset')
  clock.advance(10_000)
  assert.equal(registry.acquire([a])?.backend.name, 'b')
})

test('when nothing but ejected ones is left they are used, and one that answers is back', () => {
  const { registry, a, b } = createHealthy(['a', 'b'])
  attempts(registry, a, 5, 'reset')
  fails(registry, b, b, b)
  assert.equal(inRotation(registry), 'a')
  assert.equal(a.state, 'ejected')
  registry.acquire([])?.settle('success')
  assert.equal(a.state, 'healthy')
})

test('a failed check ends an ejection: from then on the checks decide', () => {
  const { registry, a } = createHealthy(['a', 'b'])
  attempts(registry, a, 5, 'reset')
  fails(registry, a, a, a)
  assert.equal(a.state, 'unhealthy')
  passes(registry, a, a)
  assert.equal(inRotation(registry), 'a b')
})

test('a backend that stopped answering is back when checks show that it answers; one that answered with errors is not', () => {
  const { registry, a, b, transitions } = createHealthy(['a', 'b', 'c', 'd'])
  attempts(registry, a, 5, 'refused')
  attempts(registry, b, 5, 500)
  passes(registry, a, b)
  assert.equal(inRotation(registry), 'c d')
  fails(registry, a)
  passes(registry, a, b)
  assert.equal(inRotation(registry), 'c d')
  passes(registry, a, b)
  assert.equal(inRotation(registry), 'a c d')
  assert.equal(transitions.at(-1)?.why, 'status 200')
})
