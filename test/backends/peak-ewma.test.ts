import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PeakEwma } from '../../src/backends/peak-ewma.ts'

function assertNear (actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`)
}

test('before the first observation it is zero', () => {
  const latency = new PeakEwma()
  assert.equal(latency.value(1000), 0)
  assert.equal(latency.latestMs, undefined)
})

test('the first observation counts whole', () => {
  const latency = new PeakEwma()
  latency.observe(20, 1000)
  assert.equal(latency.value(1000), 20)
})

test('it jumps up with a peak at once', () => {
  const latency = new PeakEwma()
  latency.observe(20, 1000)
  latency.observe(500, 1001)
  assert.equal(latency.value(1001), 500)
})

test('a peak is forgotten with a time constant of 10 s, by the time that passes and not by the number of observations', () => {
  const [often, seldom] = [new PeakEwma(), new PeakEwma()]
  for (const latency of [often, seldom]) latency.observe(500, 0)
  for (let now = 10; now <= 10_000; now += 10) often.observe(20, now)
  seldom.observe(20, 10_000)
  for (const latency of [often, seldom]) assertNear(latency.value(10_000), 20 + 480 / Math.E)
})

test('while nothing is observed it goes down, and what it was last stays known', () => {
  const latency = new PeakEwma()
  latency.observe(500, 0)
  assertNear(latency.value(10_000), 500 / Math.E)
  assert.equal(latency.latestMs, 500)
})

test('time that goes backwards does no harm', () => {
  const latency = new PeakEwma()
  latency.observe(20, 1000)
  latency.observe(10, 900)
  assert.equal(latency.value(800), 20)
})
