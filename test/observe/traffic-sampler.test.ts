import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import type { ExchangeRecord } from '../../src/forwarding/exchange-record.ts'
import { TrafficSampler } from '../../src/observe/traffic-sampler.ts'
import { FakeClock } from '../helpers/clock.ts'

function createSampler (t: TestContext) {
  const clock = new FakeClock()
  const a = { id: 'id-a', name: 'a', inFlight: 2 } as unknown as Backend
  const members = [a]
  const backends = () => members
  const sampler = new TrafficSampler({ clock, backends, queued: () => 7 })
  sampler.start()
  t.after(() => { sampler.stop() })
  const request = (durationMs: number, statusCode = 200): void => {
    sampler.second.onExchange({
      startedAt: 0, endedAt: durationMs, statusCode, outcome: 'success', attempts: [{ backend: a, reason: undefined, durationMs }]
    } as unknown as ExchangeRecord)
  }
  return { clock, sampler, request, members, a }
}

test('each second has its sample', (t) => {
  const { clock, sampler, request } = createSampler(t)
  for (let ms = 1; ms <= 100; ms++) request(ms, ms > 98 ? 502 : 200)
  clock.advance(1000)
  clock.advance(1000)
  assert.deepEqual(sampler.samples(), [
    {
      at: 1000,
      requests: 100,
      errors: 2,
      p50Ms: 49,
      p99Ms: 98.1,
      inFlight: 2,
      queued: 7,
      backends: { 'id-a': { requests: 100, inFlight: 2, p50Ms: 49, p99Ms: 98.1 } }
    },
    {
      at: 2000,
      requests: 0,
      errors: 0,
      p50Ms: null,
      p99Ms: null,
      inFlight: 2,
      queued: 7,
      backends: { 'id-a': { requests: 0, inFlight: 2, p50Ms: 49, p99Ms: 98.1 } }
    }
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

function latenciesOf (sampler: TrafficSampler): Array<number | null | undefined> {
  const own = sampler.samples().at(-1)?.backends['id-a']
  return [own?.p50Ms, own?.p99Ms]
}

test('the latency of a backend is p50 and p99 of the last minute, and nothing after a minute without requests', (t) => {
  const { clock, sampler, request } = createSampler(t)
  // One slow request at first, as after a start: an average that follows peaks would stay near it.
  request(400)
  for (let i = 0; i < 199; i++) request(20)
  clock.advance(1000)
  const [p50Ms, p99Ms] = latenciesOf(sampler)
  assert.ok(Math.abs((p50Ms ?? 0) - 20) < 1 && Math.abs((p99Ms ?? 0) - 20) < 1, `p50 ${p50Ms}, p99 ${p99Ms}`)
  clock.advance(48_000)
  assert.deepEqual(latenciesOf(sampler), [p50Ms, p99Ms])
  clock.advance(12_000)
  assert.deepEqual(latenciesOf(sampler), [null, null])
})

test('an attempt that was refused and a tunnel say nothing of latency; one that timed out does', (t) => {
  const { clock, sampler, a } = createSampler(t)
  const end = (statusCode: number, reason: string | undefined, durationMs: number): void => {
    const attempts = [{ backend: a, reason, durationMs }]
    sampler.second.onExchange({ startedAt: 0, endedAt: 1, statusCode, outcome: 'success', attempts } as unknown as ExchangeRecord)
  }
  end(502, 'refused', 0.2)
  end(101, undefined, 3_600_000)
  clock.advance(1000)
  assert.deepEqual(latenciesOf(sampler), [null, null])
  end(504, 'response-timeout', 30_000)
  clock.advance(1000)
  assert.ok((latenciesOf(sampler)[0] ?? 0) > 28_000)
})

test('samples older than a minute say nothing by backend any more, and a backend that is gone leaves nothing', (t) => {
  const { clock, sampler, request, members, a } = createSampler(t)
  request(5)
  clock.advance(61_000)
  const detailed = sampler.samples().filter(({ backends }) => 'id-a' in backends)
  assert.deepEqual([sampler.samples().length, detailed.length, detailed[0]?.at], [61, 60, 2000])
  request(5)
  clock.advance(1000)
  members.length = 0
  clock.advance(1000)
  members.push(a)
  clock.advance(1000)
  assert.deepEqual(latenciesOf(sampler), [null, null])
})
