import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import type { Attempt } from '../../src/services/attempt.ts'
import type { RegistryOptions } from '../../src/services/registry.ts'
import { createTestRegistry, fails, passes } from '../helpers/registry.ts'

/** Three backends, of which `a` is ejected for 10 s. A probe may take 5 s. */
function createEjected (options: Partial<RegistryOptions> = {}) {
  const { registry, backends, clock, transitions } = createTestRegistry(['a', 'b', 'c'], options)
  const [a, b, c] = backends as [Backend, Backend, Backend]
  passes(registry, a, b, c)
  for (let i = 0; i < 5; i++) registry.acquireFrom(a)?.settle('backend-failure', 'reset')
  assert.equal(a.state, 'ejected')
  /** Lets the ejection end, and returns the request that probes it, sent or not. */
  const probe = (isSent = true): Attempt => {
    const { ejection } = a.passive
    assert.ok(ejection.state === 'ejected')
    clock.advance(ejection.until - clock.now())
    const attempt = registry.acquire([])
    assert.ok(attempt?.isProbe)
    if (isSent) attempt.sent()
    return attempt
  }
  const failOnce = (): void => { registry.acquireFrom(a)?.settle('backend-failure', 'reset') }
  return { registry, a, b, c, clock, transitions, probe, failOnce }
}

for (const status of [101, 200, 404]) {
  test(`a probe that is answered with ${status} brings its backend back at once, however long the answer goes on`, () => {
    const { a, clock, probe } = createEjected()
    const attempt = probe()
    clock.advance(100)
    attempt.answered(status, clock.now())
    assert.equal(a.state, 'healthy')
    clock.advance(3_600_000)
    attempt.settle('success')
    assert.equal(a.state, 'healthy')
  })
}

test('a probe that is answered with 503 ejects its backend again at once, for twice as long', () => {
  const { a, clock, probe } = createEjected()
  probe().answered(503, clock.now())
  assert.equal(a.state, 'ejected')
  clock.advance(19_999)
  assert.equal(a.state, 'ejected')
})

test('a probe without an answer in time counts as failed', () => {
  const { a, clock, probe, transitions } = createEjected()
  const attempt = probe()
  clock.advance(4999)
  assert.equal(a.state, 'probing')
  clock.advance(1)
  assert.equal(a.state, 'ejected')
  assert.equal(transitions.at(-1)?.why, 'the probe failed: no response within 5000 ms')
  attempt.settle('backend-failure', 'response-timeout')
  assert.equal(a.passive.ejectionCount, 2)
})

test('a probe whose client is slow to send it tells nothing: its backend is not ejected again, and the next request probes it', () => {
  const { registry, a, clock, probe, transitions } = createEjected()
  const upload = probe(false)
  clock.advance(5000)
  assert.equal(a.state, 'ejected')
  assert.equal(transitions.at(-1)?.why, 'the probe was inconclusive')
  assert.equal(a.passive.ejectionCount, 1)
  const next = registry.acquire([])
  assert.ok(next?.isProbe)
  upload.settle('client-abort')
  next.answered(200, clock.now())
  assert.equal(a.state, 'healthy')
})

test('the time for the answer to a probe begins when it has been sent', () => {
  const { a, clock, probe } = createEjected()
  const upload = probe(false)
  clock.advance(4999)
  upload.sent()
  clock.advance(4999)
  assert.equal(a.state, 'probing')
  clock.advance(1)
  assert.equal(a.state, 'ejected')
  assert.equal(a.passive.ejectionCount, 2)
})

test('a probe that is answered late still brings its backend back: it is slow, but well', () => {
  const { a, clock, probe } = createEjected()
  const attempt = probe()
  clock.advance(8000)
  assert.equal(a.state, 'ejected')
  attempt.answered(200, clock.now())
  assert.equal(a.state, 'healthy')
})

test('a probe that took too long and fails in the end says nothing of the next one', () => {
  const { a, clock, probe } = createEjected()
  const old = probe()
  clock.advance(5000)
  const next = probe()
  old.settle('backend-failure', 'response-timeout')
  assert.equal(a.state, 'probing')
  next.answered(200, clock.now())
  assert.equal(a.state, 'healthy')
})

test('without any traffic an ejection ends a second after its time', () => {
  const { a, clock, transitions } = createEjected()
  clock.advance(10_999)
  assert.equal(a.state, 'ejected')
  clock.advance(1)
  assert.equal(a.state, 'healthy')
  assert.equal(transitions.at(-1)?.why, 'its ejection is over and no request probed it: it is on trial')
})

test('clients that are all bound to other backends do not keep an ejected one out, and are not sent to it', () => {
  const { registry, a, b, c, clock } = createEjected()
  for (let ms = 0; ms < 11_000; ms += 100) {
    clock.advance(100)
    for (const sticky of [b, c]) {
      const attempt = registry.acquireFrom(sticky)
      assert.equal(attempt?.backend, sticky)
      attempt?.settle('success')
    }
  }
  assert.ok(registry.rotation.includes(a))
})

test('a client that is bound to the ejected backend probes it, and the explanation says so', () => {
  const { registry, a, b, clock } = createEjected()
  assert.equal(registry.acquireFrom(a), undefined)
  clock.advance(10_000)
  for (const [sticky, isProbe] of [[a, true], [b, false]] as const) {
    const { choice, ...explanation } = registry.explain([], '', sticky)
    assert.deepEqual([choice, explanation.isProbe], [sticky, isProbe])
  }
  assert.equal(registry.acquireFrom(a)?.isProbe, true)
  assert.equal(registry.acquireFrom(a), undefined)
})

test('on trial the first failure ejects again, for longer', () => {
  const { a, clock, failOnce, transitions } = createEjected()
  clock.advance(11_000)
  failOnce()
  assert.equal(a.state, 'ejected')
  assert.equal(transitions.at(-1)?.why, 'the first request after its ejection failed: connection reset')
  clock.advance(20_999)
  assert.equal(a.state, 'ejected')
  clock.advance(1)
  assert.equal(a.state, 'healthy')
})

test('on trial the first success is enough, and then failures count as ever', () => {
  const { registry, a, clock, failOnce } = createEjected()
  clock.advance(11_000)
  registry.acquireFrom(a)?.settle('success')
  for (let i = 0; i < 4; i++) failOnce()
  assert.equal(a.state, 'healthy')
  failOnce()
  assert.equal(a.state, 'ejected')
})

test('a request from before the ejection is no trial', () => {
  const { registry, a, clock, failOnce } = createEjected()
  clock.advance(11_000)
  registry.acquireFrom(a)?.settle('success')
  const old = registry.acquireFrom(a)
  clock.advance(1)
  for (let i = 0; i < 5; i++) failOnce()
  clock.advance(21_000)
  assert.equal(a.state, 'healthy')
  old?.settle('backend-failure', 'reset')
  assert.equal(a.state, 'healthy')
  failOnce()
  assert.equal(a.state, 'ejected')
})

test('a backend that returns without a probe starts slowly, where that is set', () => {
  const { a, clock } = createEjected({ slowStartMs: 1000 })
  clock.advance(11_000)
  assert.equal(a.effectiveWeight, 0.1)
})

test('a backend that is full is not probed before it has room', () => {
  const { registry, a, b, c, clock } = createEjected({ maxRequestsPerBackend: 2 })
  fails(registry, b, b, b, c, c, c)
  const attempts = [registry.acquire([]), registry.acquire([])]
  assert.deepEqual([a.state, a.inFlight], ['ejected', 2])
  clock.advance(10_000)
  assert.equal(registry.acquire([]), undefined)
  attempts[0]?.settle('client-abort')
  assert.equal(registry.acquire([])?.isProbe, true)
})

test('closing ends what is planned', () => {
  const { registry, clock } = createEjected()
  registry.close()
  assert.equal(clock.nextInMs(), undefined)
})

test('a backend that leaves while it is ejected leaves nothing planned', () => {
  const { registry, a, clock } = createEjected()
  registry.remove(a, 'test')
  assert.equal(clock.nextInMs(), undefined)
})
