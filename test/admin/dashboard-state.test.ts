import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ticksOf, toSeries, windowMs, windowOf } from '../../src/dashboard/series.ts'
import {
  asOf,
  gatewayTime,
  initialState,
  withBackend,
  withBackends,
  withEvent,
  withHello,
  withHistory,
  withLink,
  withSample
} from '../../src/dashboard/state.ts'
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
  state = withSample(state, { ...aSample(1000), backends: { b1: { requests: 5, inFlight: 4, p50Ms: 2.5, p99Ms: 9 } } }, 400)
  assert.deepEqual(state.backends?.map(({ inFlight }) => inFlight), [4, 0])
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

test('a pause between samples is a gap in the chart', () => {
  assert.deepEqual(toSeries([aSample(1000), aSample(2000), aSample(12_000)]).requests, [100, 100, null, 100])
})

test('a chart begins with the first sample, fills at least a minute and at most 15', () => {
  const lengthWith = (seconds: number): number[] => {
    const samples = Array.from({ length: seconds }, (_, i) => aSample(10_000 + i * 1000))
    const { from, to } = windowOf(toSeries(samples), 9000 + seconds * 1000)
    return [from / 1000, (to - from) / 1000]
  }
  assert.deepEqual(lengthWith(1), [10, 60])
  assert.deepEqual(lengthWith(300), [10, 299])
  assert.deepEqual(lengthWith(1000), [109, 900])
})

test('the marks of the time axis suit the length that is shown', () => {
  assert.deepEqual(
    [10, 40, 75, 200, 420, 900].map((seconds) => ticksOf(seconds * 1000).join()),
    ['', '30,15', '60,30', '180,120,60', '360,240,120', '720,480,240']
  )
})

test('while the gateway is gone the state is that of a time, and ages stand still', () => {
  let state = withBackends(withHello(initialState, hello, 5000), [aBackend('b1')])
  state = withSample(state, aSample(7000), 6000)
  assert.deepEqual([asOf(state), gatewayTime(state, 9000)], [undefined, 10_000])
  state = withLink(state, { state: 'offline', why: '', retryAt: 0 })
  assert.match(asOf(state) ?? '', /\d\d:\d\d:06$/)
  assert.equal(gatewayTime(state, 99_000), 7000)
})
