import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import type { AttemptRecord, ExchangeRecord } from '../../src/forwarding/exchange-record.ts'
import { TrafficCounters } from '../../src/observe/traffic-counters.ts'

const [a, b] = ['a', 'b'].map((name) => ({ name, service: 'default' })) as unknown as [Backend, Backend]

function record (attempts: readonly AttemptRecord[], changes: Partial<ExchangeRecord> = {}): ExchangeRecord {
  return {
    requestId: '1',
    service: 'default',
    route: undefined,
    method: 'GET',
    host: 'h',
    path: '/',
    version: '1.1',
    statusCode: 200,
    grpcStatus: undefined,
    client: '127.0.0.1',
    startedAt: 0,
    headAt: 5,
    endedAt: 10,
    attempts,
    outcome: 'success',
    ...changes
  }
}

const success: AttemptRecord = { backend: b, reason: undefined, party: undefined, durationMs: 1 }

test('a failure of a backend counts against it, and as the reason for the retry', () => {
  const counters = new TrafficCounters()
  counters.onExchange(record([{ backend: a, reason: 'reset', party: 'backend', durationMs: 1 }, success]))
  assert.deepEqual([...counters.of(a).failures], [['reset', 1]])
  assert.deepEqual([...counters.retriesOf('default')], [['reset', 1]])
  assert.deepEqual([counters.of(a).attempts, counters.of(b).attempts], [1, 1])
  assert.deepEqual([...counters.of(b).requests], [['2xx', 1]])
})

const nobodysFailures = [
  ['client', 'client-timeout'], ['gateway', 'exhausted'], ['gateway', 'not-allowed'], ['gateway', 'tunnel-timeout']
] as const

for (const [party, reason] of nobodysFailures) {
  test(`${reason}, a failure of the ${party}, counts against no backend`, () => {
    const counters = new TrafficCounters()
    counters.onExchange(record([{ backend: a, reason, party, durationMs: 1 }], { statusCode: 503, outcome: 'gateway-failure' }))
    assert.deepEqual([...counters.of(a).failures], [])
    assert.equal(counters.of(a).attempts, 1)
    assert.deepEqual([...counters.of(a).requests], [['5xx', 1]])
  })
}

test('an answer without an attempt is the gateway\'s own', () => {
  const counters = new TrafficCounters()
  counters.onExchange(record([], { statusCode: 404, headAt: 0, outcome: undefined }))
  assert.deepEqual([...counters.withoutBackend.get('default')?.requests ?? []], [['4xx', 1]])
})
