import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createArrivals } from '../../bench/load/arrivals.ts'

test('arrivals come at the asked rate, at random, and the same each time', () => {
  const gapMs = createArrivals(2000)
  const gaps = Array.from({ length: 100_000 }, gapMs)
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length
  assert.ok(Math.abs(mean - 0.5) < 0.01, `mean ${mean}`)
  assert.ok(Math.abs(Math.sqrt(variance) - mean) < 0.02, 'an exponential distribution deviates by its mean')

  const again = createArrivals(2000)
  assert.deepEqual(gaps.slice(0, 5), Array.from({ length: 5 }, again))
})
