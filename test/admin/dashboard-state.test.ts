import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toSeries, windowMs } from '../../src/admin/dashboard/series.ts'
import { evidenceFor, initialState, withBackend, withBackends, withEvent, withHello, withHistory, withSample } from '../../src/admin/dashboard/state.ts'
import { aBackend, aSample, aTransition } from '../browser/wire-samples.ts'

const hello = { instance: 'first', version: '0.1.0' }

test('an event that was in the history is kept once, in the order of ids', () => {
  let state = withHello(initialState, hello, 0)
  state = withEvent(state, aTransition(3, 'b1'))
  state = withHistory(state, [], [aTransition(1, 'b1'), aTransition(2, 'b1'), aTransition(3, 'b1')])
  assert.deepEqual(state.log.map((entry) => entry.kind === 'event' ? entry.event.id : entry.kind), [1, 2, 3])
})

test('a restarted gateway counts its events anew, behind a line that says so', () => {
  let state = withHello(initialState, hello, 0)
  state = withHistory(state, [aSample(1000)], [aTransition(1, 'b1'), aTransition(2, 'b1')])
  state = withHello(state, { instance: 'second', version: '0.2.0' }, 9000)
  state = withHistory(state, [aSample(8000)], [aTransition(1, 'b1')])
  assert.deepEqual(state.log.map((entry) => entry.kind === 'event' ? entry.event.id : entry.kind), [1, 2, 'restart', 1])
  assert.deepEqual(state.samples.map(({ at }) => at), [1000, 8000])
})

test('the same instance again is no restart', () => {
  const state = withHello(withHello(initialState, hello, 0), hello, 1)
  assert.equal(state.log.length, 0)
})

test('a sample brings what is in flight, and is kept for 15 minutes', () => {
  let state = withBackends(initialState, [aBackend('b1'), aBackend('b2')])
  state = withSample(state, { ...aSample(1000), backends: { b1: { requests: 5, inFlight: 4, latencyMs: 2.5 } } }, 400)
  assert.deepEqual(state.backends?.map(({ inFlight, latencyMs }) => [inFlight, latencyMs]), [[4, 2.5], [0, null]])
  assert.equal(state.skewMs, 600)
  state = withSample(state, aSample(1000 + windowMs + 1), 0)
  assert.equal(state.samples.length, 1)
})

test('a sample that comes twice, or from a clock that was set back, leaves the samples in order', () => {
  let state = initialState
  for (const at of [1000, 2000, 2000, 3000, 1500]) state = withSample(state, aSample(at), 0)
  assert.deepEqual(state.samples.map(({ at }) => at), [1000, 1500])
})

test('a backend that an action has changed takes its place; a new one goes to the end', () => {
  let state = withBackends(initialState, [aBackend('b1'), aBackend('b2')])
  state = withBackend(withBackend(state, aBackend('b1', { weight: 5 })), aBackend('b3'))
  assert.deepEqual(state.backends?.map(({ id, weight }) => [id, weight]), [['b1', 5], ['b2', 1], ['b3', 1]])
})

test('the evidence for a state is that of the event which led to it', () => {
  const state = withEvent(initialState, aTransition(1, 'b1', { to: 'ejected', why: '5 failures in a row' }))
  assert.equal(evidenceFor(state, aBackend('b1', { state: 'ejected' })), '5 failures in a row')
  assert.equal(evidenceFor(state, aBackend('b1', { state: 'healthy' })), undefined)
  assert.equal(evidenceFor(state, aBackend('b2', { state: 'ejected' })), undefined)
})

test('a pause between samples is a gap in the chart', () => {
  assert.deepEqual(toSeries([aSample(1000), aSample(2000), aSample(12_000)]).requests, [100, 100, null, 100])
})
