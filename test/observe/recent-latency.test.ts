import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LatencyBuckets } from '../../src/observe/latency-buckets.ts'
import { RecentLatency } from '../../src/observe/recent-latency.ts'

function bucketsOf (...latenciesMs: number[]): LatencyBuckets {
  const buckets = new LatencyBuckets()
  for (const each of latenciesMs) buckets.add(each)
  return buckets
}

test('a quantile is off by less than 5 %, from a tenth of a millisecond to a minute and a half', () => {
  const latencies = fc.array(fc.double({ min: 0.1, max: 90_000, noNaN: true }), { minLength: 1, maxLength: 200 })
  fc.assert(fc.property(latencies, fc.constantFrom(0.5, 0.9, 0.99), (values, q) => {
    const recent = new RecentLatency()
    recent.add(bucketsOf(...values))
    const exact = values.toSorted((a, b) => a - b)[Math.ceil(values.length * q) - 1] ?? NaN
    const found = recent.quantile(q) ?? NaN
    assert.ok(Math.abs(found - exact) <= exact * 0.05, `${found} instead of ${exact}`)
  }))
})

test('values beyond all bounds are counted in the first and the last bucket', () => {
  const recent = new RecentLatency()
  recent.add(bucketsOf(0, 1e9))
  assert.ok((recent.quantile(0.5) ?? NaN) <= 0.1)
  assert.ok((recent.quantile(0.99) ?? NaN) > 90_000)
})

test('after six turns everything is forgotten, and what came later stays', () => {
  const recent = new RecentLatency()
  recent.add(bucketsOf(1000))
  for (let i = 0; i < 5; i++) recent.turn()
  recent.add(bucketsOf(1))
  assert.ok((recent.quantile(0.99) ?? NaN) > 950)
  recent.turn()
  assert.ok((recent.quantile(0.99) ?? NaN) < 1.1)
  for (let i = 0; i < 5; i++) recent.turn()
  assert.equal(recent.quantile(0.99), undefined)
})
