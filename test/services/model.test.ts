import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Backend, BackendState, DesiredState } from '../../src/backends/backend.ts'
import type { Attempt } from '../../src/services/attempt.ts'
import { fc } from '../helpers/property.ts'
import { createTestRegistry, fails, passes } from '../helpers/registry.ts'

const maxEjectedPercent = 50
const maxRequests = 4

/** One thing that can happen to a registry of four backends, one of which is a backup. */
type Step =
  | { readonly kind: 'check', readonly which: number, readonly passed: boolean }
  | { readonly kind: 'request', readonly tried: number }
  | { readonly kind: 'answer', readonly which: number, readonly end: 'ok' | 'error' | 'reset' | 'refused' | 'left' }
  | { readonly kind: 'pass', readonly ms: number }
  | { readonly kind: 'command', readonly which: number, readonly desiredState: DesiredState }

const which = fc.nat(3)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('check' as const), which, passed: fc.boolean() }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('request' as const), tried: fc.nat(15) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('answer' as const),
      which: fc.nat(20),
      end: fc.constantFrom('ok' as const, 'error' as const, 'reset' as const, 'refused' as const, 'left' as const)
    })
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(30_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('command' as const),
      which,
      desiredState: fc.constantFrom<DesiredState>('ready', 'draining', 'maintenance')
    })
  }
)

function createModel () {
  const { registry, backends, clock } = createTestRegistry(['a', 'b', 'c', { name: 'spare', isBackup: true }], {
    thresholds: { fall: 2, rise: 2 },
    outliers: { failures: 2, ejectMs: 1000, maxEjectedPercent },
    maxRequestsPerBackend: maxRequests,
    slowStartMs: 500
  })
  const open: Attempt[] = []
  const states = new Map<Backend, BackendState>(backends.map((backend) => [backend, backend.state]))

  registry.events.subscribe((event) => {
    if (event.type !== 'transition') return
    const { backend, from, to } = event
    assert.equal(from, states.get(backend), 'a transition begins where the last one ended')
    assert.notEqual(from, to)
    states.set(backend, to)
    if (to === 'ejected' && from === 'healthy') assertMayBeEjected()
  })

  function assertMayBeEjected (): void {
    const pool = backends.filter(({ desiredState, health }) => desiredState === 'ready' && health.state === 'healthy')
    const ejected = pool.filter(({ passive }) => passive.ejection.state !== 'none')
    assert.ok(ejected.length <= Math.max(1, Math.floor(pool.length * maxEjectedPercent / 100)), 'no more are ejected than may be')
    assert.ok(ejected.length < pool.length, 'the last one is not ejected')
  }

  function run (step: Step): void {
    switch (step.kind) {
      case 'check':
        (step.passed ? passes : fails)(registry, backends[step.which] as Backend)
        break
      case 'request':
        request(backends.filter((_, i) => (step.tried & (1 << i)) !== 0))
        break
      case 'answer':
        answer(open.splice(step.which % Math.max(open.length, 1), 1)[0], step.end)
        break
      case 'pass':
        clock.advance(step.ms)
        break
      case 'command':
        registry.command(backends[step.which] as Backend, step.desiredState, 'test')
        break
      default:
        step satisfies never
    }
  }

  function request (tried: Backend[]): void {
    const before = new Map(backends.map((backend) => [backend, backend.state]))
    const { rotation } = registry
    const attempt = registry.acquire(tried)
    if (attempt === undefined) {
      const isFree = (backend: Backend): boolean => backend.inFlight < Math.ceil(maxRequests * backend.effectiveWeight / backend.weight)
      assert.ok(rotation.every((backend) => tried.includes(backend) || !isFree(backend)), 'a backend with room gets the request')
      return
    }
    open.push(attempt)
    assert.equal(attempt.isProbe, before.get(attempt.backend) === 'ejected' && attempt.backend.state === 'probing')
    const isNextBackup = attempt.backend.isBackup && rotation.every((backend) => tried.includes(backend))
    assert.ok(attempt.isProbe || isNextBackup || rotation.includes(attempt.backend), 'requests go to backends in rotation')
    assert.ok(
      !tried.includes(attempt.backend) || rotation.every((backend) => tried.includes(backend)),
      'no backend is tried again while there are others'
    )
  }

  function answer (attempt: Attempt | undefined, end: 'ok' | 'error' | 'reset' | 'refused' | 'left'): void {
    if (attempt === undefined) return
    if (end === 'left') return attempt.settle('client-abort')
    if (end === 'reset' || end === 'refused') return attempt.settle('backend-failure', end)
    attempt.answered(end === 'ok' ? 200 : 500, clock.now())
    attempt.settle('success')
  }

  function assertInvariants (): void {
    const { rotation } = registry
    const ready = backends.filter(({ desiredState }) => desiredState === 'ready')
    for (const backend of rotation) {
      assert.equal(backend.desiredState, 'ready')
      assert.notEqual(backend.health.state, 'unhealthy')
    }
    const isUp = ready.some(({ health }) => health.state === 'healthy')
    if (isUp) {
      assert.ok(
        rotation.every(({ health }) => health.state === 'healthy'),
        'no traffic before the first passed check while anything is up'
      )
    }
    const isAnyUsable = ready.some(({ health }) => health.state !== 'unhealthy')
    assert.equal(rotation.length > 0, isAnyUsable, 'what can be used is used')
    if (ready.some(({ state, isBackup }) => state === 'healthy' && !isBackup)) {
      assert.ok(rotation.every(({ isBackup, state }) => !isBackup && state === 'healthy'))
    }
    for (const backend of backends) {
      assert.equal(backend.inFlight, open.filter((attempt) => attempt.backend === backend).length)
      if (backend.state === 'drained') assert.equal(backend.inFlight, 0)
      if (backend.state === 'draining') assert.ok(backend.inFlight > 0)
      if (backend.state === 'probing') {
        assert.equal(open.filter((attempt) => attempt.backend === backend && attempt.isProbe).length, 1, 'one request probes')
      }
      assert.equal(states.get(backend), backend.state, 'every change is told')
      assert.ok(backend.effectiveWeight > 0 && backend.effectiveWeight <= backend.weight)
    }
  }

  return { run, assertInvariants }
}

test('whatever happens in whatever order, the rules of health hold', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
    const { run, assertInvariants } = createModel()
    for (const step of steps) {
      run(step)
      assertInvariants()
    }
  }), { numRuns: 500 })
})
