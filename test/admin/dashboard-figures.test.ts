import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askToDrain, askToRemove, weightOutlook } from '../../src/dashboard/consequences.ts'
import { announcedText } from '../../src/dashboard/route-words.ts'
import { ago, count, duration, milliseconds, percent } from '../../src/dashboard/format.ts'
import { intendedShares, servedShares } from '../../src/dashboard/shares.ts'
import { createStreamParser, type StreamEvent } from '../../src/dashboard/sse.ts'
import { aBackend, aSample } from '../browser/wire-samples.ts'

test('figures are short and keep their unit', () => {
  assert.deepEqual([0, 812, 9214, 12_345, 999_600].map(count), ['0', '812', '9,214', '12.3k', '1M'])
  assert.deepEqual([null, 0, 1.25, 9.94, 12.4, 999.6, 12_000].map(milliseconds), [
    '–', '0.0 ms', '1.3 ms', '9.9 ms', '12 ms', '1 s', '12 s'
  ])
  assert.deepEqual([0, 0.001, 0.333, 1].map(percent), ['0 %', '<1 %', '33 %', '100 %'])
  assert.deepEqual([-5, 4000, 200_000, 7_300_000, 200_000_000].map(duration), ['0 s', '4 s', '3 min', '2 h', '2 d'])
  assert.deepEqual([ago(1000, 2000), ago(1000, 5000)], ['now', '4 s ago'])
})

test('shares go by weight among those in rotation', () => {
  const backends = [aBackend('b1'), aBackend('b2', { weight: 3 }), aBackend('b3', { weight: 6, inRotation: false })]
  assert.deepEqual([...intendedShares(backends)], [['b1', 0.25], ['b2', 0.75], ['b3', 0]])
})

test('what was served is counted over the samples, and is nothing without requests', () => {
  const own = (requests: number) => ({ requests, inFlight: 0, p50Ms: null, p99Ms: null })
  const samples = [aSample(1, { backends: { b1: own(1), b2: own(1) } }), aSample(2, { backends: { b2: own(2) } })]
  assert.deepEqual([...servedShares(samples)], [['b1', 0.25], ['b2', 0.75]])
  assert.equal(servedShares([aSample(1)]).size, 0)
})

test('the question before a drain says what becomes of the traffic', () => {
  const all = [aBackend('b1', { inFlight: 3 }), aBackend('b2')]
  const [first] = all
  assert.ok(first !== undefined)
  assert.deepEqual(askToDrain(first, all), {
    title: 'Drain server 1?',
    lines: ['No new requests go to it; the 3 requests in flight may finish.', 'Its 50 % of requests will go to server 2.'],
    action: 'Drain',
    isLast: false
  })
})

test('the question before the last one goes warns of the 503', () => {
  const last = aBackend('b1')
  const question = askToRemove(last, [last, aBackend('b2', { inRotation: false })])
  assert.equal(question.isLast, true)
  assert.match(question.lines.at(-1) ?? '', /last backend in rotation: every request will get 503/)
})

test('another weight is foretold, and what is not a weight is not', () => {
  const first = aBackend('b1')
  const all = [first, aBackend('b2')]
  assert.equal(weightOutlook(first, all, 3), 'By weight it gets 75 % of requests instead of 50 %.')
  for (const wrong of [0, 1001, 1.5, NaN]) assert.equal(weightOutlook(first, all, wrong), undefined)
})

test('the event stream is read in pieces of any length, with any line ends', () => {
  const text = ': comment\r\n\r\nid: 7\nevent: join\ndata: {"a":\ndata: 1}\n\ndata:x\r\n\r\nevent: empty\n\n'
  const whole = [{ event: 'join', data: '{"a":\n1}' }, { event: 'message', data: 'x' }]
  for (let size = 1; size <= text.length; size++) {
    const events: StreamEvent[] = []
    const parse = createStreamParser((event) => { events.push(event) })
    for (let i = 0; i < text.length; i += size) parse(text.slice(i, i + size))
    assert.deepEqual(events, whole, `in pieces of ${size}`)
  }
})

test('the end of an announced route is shown in the local time of the reader', () => {
  const now = new Date(2026, 0, 2, 14, 0, 0).getTime()
  const endsAt = new Date(2026, 0, 2, 14, 3, 0).toISOString()
  assert.equal(announcedText({ source: 'registered', endsAt }, now), 'announced, ends 14:03:00')
  assert.equal(announcedText({ source: 'registered', endsAt: null }, now), 'announced')
  assert.equal(announcedText({ source: 'file', endsAt }, now), '')
})
