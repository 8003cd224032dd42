import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call } from './clients/call.ts'
import { failedOf, kindsOf, partsOf, percentileMs } from './counters/counts.ts'
import { notCutByKills } from './counters/cuts.ts'
import { executedTwice, failedUnsent } from './counters/posts.ts'
import { backAfterMs, firstGoodAfterMs, normalAfterMs, shareOf } from './counters/traffic.ts'
import { goalInWords, isMissed, valueInWords } from './report/words.ts'

function callOf (given: Partial<Call>): Call {
  const plain = { id: '1-1', method: 'GET', protocol: 'h1' } as const
  return { ...plain, startedAt: 0, endedAt: 20, status: 200, backend: 'a', failure: undefined, isMixed: false, ...given }
}

const noPosts = { got: new Map<string, number>(), received: new Map<string, number>(), executed: new Map<string, number>() }

test('a request has failed when it has no answer, an answer that tells of a failure, or somebody else\'s', () => {
  const failed = [callOf({ status: undefined, failure: 'ECONNRESET' }), callOf({ status: 502 }), callOf({ isMixed: true })]
  assert.deepEqual(failedOf([callOf({}), ...failed], 'GET'), failed)
})

test('calls are told apart by the protocols by which they came', () => {
  const calls = (['h2c', 'h1', 'h2c', 'h2-tls'] as const).map((protocol) => callOf({ protocol }))
  assert.equal(partsOf(calls), 'h1 1, h2-tls 1, h2c 2')
  assert.equal(kindsOf([callOf({ protocol: 'h2c', status: 502 })]), '1 × GET by h2c 502')
  assert.equal(partsOf([]), '')
})

test('a percentile is the nearest rank', () => {
  const calls = [40, 10, 30, 20].map((endedAt) => callOf({ endedAt }))
  assert.equal(percentileMs(calls, 50), 20)
  assert.equal(percentileMs(calls, 99), 40)
  assert.equal(percentileMs([], 99), NaN)
})

test('a POST that two backends carried out is one executed twice', () => {
  assert.deepEqual(executedTwice({ ...noPosts, executed: new Map([['1-1', 1], ['1-2', 2]]) }), ['1-2'])
})

test('a POST may fail when a backend saw it, or when one was cut off while it was under way', () => {
  const failed = callOf({ method: 'POST', status: 502, startedAt: 1000, endedAt: 1100 })
  assert.deepEqual(failedUnsent([failed], noPosts, []), [failed])
  assert.deepEqual(failedUnsent([failed], noPosts, [900, 1101]), [failed])
  assert.deepEqual(failedUnsent([failed], noPosts, [1050]), [])
  assert.deepEqual(failedUnsent([failed], { ...noPosts, received: new Map([['1-1', 1]]) }, []), [])
})

test('a request may be cut when the worker that has its connection was killed, and only then', () => {
  const kills = [{ at: 1000, goneAt: 1010 }]
  const cut = callOf({ startedAt: 990, endedAt: 1020, status: undefined, failure: 'ECONNRESET', instance: 'a' })
  const answered = callOf({ startedAt: 900, endedAt: 910, instance: 'a' })
  assert.deepEqual(notCutByKills([cut], [cut, answered], kills), [])
  const others = [
    { ...cut, failure: 'no answer' }, { ...cut, endedAt: 2100 }, { ...cut, startedAt: 1200, endedAt: 1210 }, callOf({ status: 502 })
  ]
  assert.deepEqual(notCutByKills(others, [answered], kills), others)
  assert.deepEqual(notCutByKills([cut], [cut, callOf({ startedAt: 1500, endedAt: 1510, instance: 'a' })], kills), [cut])
})

test('traffic is normal again when the last slow or failed request has begun', () => {
  const slow = callOf({ startedAt: 1200, endedAt: 3000 })
  const failed = callOf({ startedAt: 1500, endedAt: 1501, status: 502 })
  assert.equal(
    normalAfterMs([callOf({ startedAt: 100, endedAt: 5000 }), slow, failed, callOf({ startedAt: 2000, endedAt: 2020 })], 1000),
    500
  )
  assert.equal(normalAfterMs([callOf({ startedAt: 2000, endedAt: 2020 })], 1000), 0)
})

test('a backend is back when it has half of its fair share', () => {
  const others = Array.from({ length: 100 }, (_, n) => callOf({ endedAt: n * 100, backend: 'b' }))
  const own = Array.from({ length: 50 }, (_, n) => callOf({ endedAt: 5000 + n * 100, backend: 'a' }))
  assert.equal(shareOf([...others, ...own], 'a'), 1 / 3)
  const afterMs = backAfterMs([...others, ...own].sort((a, b) => a.endedAt - b.endedAt), 'a', 1000, 3)
  assert.ok(afterMs > 3400 && afterMs <= 4000, String(afterMs))
  assert.equal(backAfterMs(others, 'a', 1000, 3), Infinity)
})

test('the first success is that of the answer, not of the question', () => {
  assert.equal(firstGoodAfterMs([callOf({ startedAt: 10, endedAt: 1700 }), callOf({ endedAt: 1200, status: 503 })], 1000), 700)
  assert.equal(firstGoodAfterMs([], 1000), Infinity)
})

test('a figure is missed when it is more than is wanted, or is none', () => {
  assert.equal(isMissed({ what: '', value: 51, atMost: 50 }), true)
  assert.equal(isMissed({ what: '', value: 50, atMost: 50 }), false)
  assert.equal(isMissed({ what: '', value: NaN, atMost: 50 }), true)
  assert.equal(isMissed({ what: '', value: 1e9 }), false)
})

test('figures are written with their units, thousands apart', () => {
  assert.equal(valueInWords({ what: '', value: 1_234_567.4, unit: 'ms' }), '1 234 567 ms')
  assert.equal(valueInWords({ what: '', value: Infinity, unit: 'ms' }), 'not in time')
  assert.equal(goalInWords({ what: '', value: 7, atMost: 3000, unit: 'ms' }), '≤ 3 000 ms')
  assert.equal(goalInWords({ what: '', value: 7, atMost: 0 }), '0')
})
