import assert from 'node:assert/strict'
import { test } from 'node:test'
import { daysLeftText, toneOfLife, urgentSentences } from '../../src/dashboard/certificate-words.ts'
import { headline, sentence, stateWords, whyState, wordsOfState } from '../../src/dashboard/words.ts'
import { aBackend, aCertificate } from '../browser/wire-samples.ts'
import type { BackendState, GatewayEvent } from '../../src/admin/wire.ts'

const about = { id: 1, at: '2026-01-01T00:00:00.000Z', backend: 'b2', service: 'default', name: 'server 2', inRotation: 2 }

function transition (from: BackendState, to: BackendState, why: string): GatewayEvent {
  return { ...about, type: 'transition', from, to, why }
}

const cases: Array<[GatewayEvent, string]> = [
  [
    transition('healthy', 'ejected', '5 failures in a row, last: connection refused'),
    'server 2 was ejected: 5 failures in a row, last: connection refused'
  ],
  [transition('unchecked', 'healthy', 'status 200'), 'server 2 is healthy: status 200'],
  [transition('probing', 'healthy', 'the probe succeeded'), 'server 2 is healthy again: the probe succeeded'],
  [transition('drained', 'healthy', ''), 'server 2 is back'],
  [transition('healthy', 'unhealthy', 'connection refused'), 'server 2 failed its health checks: connection refused'],
  [transition('draining', 'drained', 'no requests in flight'), 'server 2 is drained: no requests in flight'],
  [transition('healthy', 'maintenance', ''), 'server 2 went into maintenance'],
  [{ ...about, type: 'join', why: 'registered' }, 'server 2 joined: registered'],
  [{ ...about, type: 'leave', why: 'its lease expired' }, 'server 2 left: its lease expired'],
  [{ ...about, type: 'change', why: 'weight 1 > 5' }, 'server 2 was changed: weight 1 → 5']
]

for (const [event, expected] of cases) {
  test(`an event says "${expected}"`, () => { assert.equal(sentence(event), expected) })
}

test('each state has a sign of its own, so that colour is never the only difference', () => {
  const icons = Object.values(stateWords).map(({ icon }) => icon)
  assert.equal(new Set(icons).size, icons.length)
})

test('a state of a newer gateway is shown as it is', () => {
  assert.equal(wordsOfState('asleep').label, 'asleep')
})

test('the headline tells how many are in rotation', () => {
  assert.deepEqual([[0, 0], [0, 2], [1, 1], [2, 3], [3, 3]].map(([some = 0, all = 0]) => headline(some, all)), [
    'No backends yet', 'No backend in rotation', 'The one backend is in rotation', '2 of 3 backends in rotation',
    'All 3 backends in rotation'
  ])
})

test('of a gateway that is gone the headline speaks in the past', () => {
  assert.deepEqual([[0, 0], [0, 2], [1, 1], [1, 3], [2, 3], [3, 3]].map(([some = 0, all = 0]) => headline(some, all, '12:34:56')), [
    'There were no backends at 12:34:56', 'No backend was in rotation at 12:34:56', 'The one backend was in rotation at 12:34:56',
    '1 of 3 backends was in rotation at 12:34:56', '2 of 3 backends were in rotation at 12:34:56',
    'All 3 backends were in rotation at 12:34:56'
  ])
})

test('a row says why its backend is not healthy', () => {
  assert.deepEqual([
    whyState(aBackend('b1')),
    whyState(aBackend('b1', { state: 'unchecked', why: 'configured' })),
    whyState(aBackend('b1', { state: 'unhealthy', why: 'connection refused' })),
    whyState(aBackend('b1', { state: 'ejected', why: '5 failures in a row, last: status 503' })),
    whyState(aBackend('b1', { state: 'maintenance', why: 'operator' }))
  ], [
    '', 'waiting for its first health check', 'health check failed: connection refused', '5 failures in a row, last: status 503',
    'by an operator'
  ])
})

test('a certificate is told of by the warning that is due, and not by its days alone', () => {
  const lives = [
    [400, null], [29, 30], [13, 14], [2, 3], [0, 1], [-1, 0], [2, null]
  ] as const
  assert.deepEqual(lives.map(([daysLeft, warning]) => [daysLeftText({ daysLeft, warning }), toneOfLife({ daysLeft, warning })]), [
    ['400 days', 'good'], ['29 days', 'warning'], ['13 days', 'warning'], ['2 days', 'bad'], ['less than a day', 'bad'],
    ['expired', 'bad'], ['2 days', 'good']
  ])
  const certificates = lives.map(([daysLeft, warning], i) => aCertificate(`c${i}`, { daysLeft, warning }))
  assert.deepEqual(urgentSentences({ certificates, isEnabled: true, problems: [], clientPolicies: [], handshakes: null }), [
    'The certificate c3 expires in 2 days.', 'The certificate c4 expires in less than a day.', 'The certificate c5 has expired.'
  ])
})
