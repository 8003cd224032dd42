import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import type { Exchange } from '../../src/forwarding/exchange.ts'
import { TrafficSampler } from '../../src/metrics/traffic-sampler.ts'
import { FakeClock } from '../helpers/clock.ts'

function createSampler (t: TestContext) {
  const clock = new FakeClock()
  const a = { id: 'id-a', name: 'a', inFlight: 2, latency: { latestMs: 3.14 } } as unknown as Backend
  const backends = () => [a]
  const sampler = new TrafficSampler({ clock, random: () => 0, backends, queued: () => 7 })
  sampler.start()
  t.after(() => { sampler.stop() })
  const request = (durationMs: number, statusCode = 200): void => {
    sampler.onExchange({ startedAt: 0, endedAt: durationMs, statusCode, outcome: 'success', attempts: [{ backend: a }] } as unknown as Exchange)
  }
  return { clock, sampler, request }
}

test('each second has its sample', (t) => {
  const { clock, sampler, request } = createSampler(t)
  for (let ms = 1; ms <= 100; ms++) request(ms, ms > 98 ? 502 : 200)
  clock.advance(1000)
  clock.advance(1000)
  assert.deepEqual(sampler.samples(), [
    { at: 1000, requests: 100, errors: 2, p50Ms: 50, p99Ms: 99, inFlight: 2, queued: 7, backends: { 'id-a': { requests: 100, inFlight: 2, latencyMs: 3.1 } } },
    { at: 2000, requests: 0, errors: 0, p50Ms: null, p99Ms: null, inFlight: 2, queued: 7, backends: { 'id-a': { requests: 0, inFlight: 2, latencyMs: 3.1 } } }
  ])
})

test('15 minutes are kept', (t) => {
  const { clock, sampler } = createSampler(t)
  clock.advance(1_000_000)
  assert.deepEqual([sampler.samples().length, sampler.samples()[0]?.at], [900, 101_000])
})

test('those who listen hear each sample, until they do not want to', (t) => {
  const { clock, sampler } = createSampler(t)
  const heard: number[] = []
  const unsubscribe = sampler.subscribe(({ at }) => { heard.push(at) })
  clock.advance(2000)
  unsubscribe()
  clock.advance(2000)
  assert.deepEqual(heard, [1000, 2000])
})
