import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leastLatency } from '../../src/balancing/least-latency.ts'
import { FakeClock } from '../helpers/clock.ts'
import { runClosedLoop } from './closed-loop.ts'
import { backendsOf, changeLoad, seededRandom, sum, type TestBackend } from './pool.ts'

function start (weights: number[], latenciesMs: Array<number | undefined>) {
  const clock = new FakeClock()
  const random = seededRandom(1)
  const backends = backendsOf(weights)
  for (const [i, latencyMs] of latenciesMs.entries()) if (latencyMs !== undefined) backends[i]!.latency.observe(latencyMs, clock.now())
  return { clock, random, backends, balancer: leastLatency({ clock, random }) }
}

/** How many of 1000 requests, none of which is answered, go to each backend. */
function holdOpen ({ balancer, backends }: ReturnType<typeof start>, count: number): number[] {
  for (let i = 0; i < count; i++) changeLoad(balancer, balancer.pick(backends, ''), 1)
  return backends.map(({ inFlight }) => inFlight)
}

function assertAbout (actual: number | undefined, expected: number): void {
  assert.ok(actual !== undefined && Math.abs(actual - expected) <= expected / 5, `${actual} is not about ${expected}`)
}

test('requests in flight settle where latency times load is the same everywhere', () => {
  const [quick, slow] = holdOpen(start([1, 1], [10, 40]), 1000)
  assertAbout(quick, 800)
  assertAbout(slow, 200)
})

test('a backend that was never observed has its share of the requests in flight, neither nothing nor everything', () => {
  for (const inFlight of holdOpen(start([1, 1, 1, 1], [5, 5, 5, undefined]), 400)) assertAbout(inFlight, 100)
  for (const inFlight of holdOpen(start([1, 1, 1, 1], [undefined, undefined, undefined, undefined]), 400)) assertAbout(inFlight, 100)
})

test('a backend that was out for a minute is not flooded for being forgotten', () => {
  const run = start([1, 1, 1, 1], [5, 5, 5, 5])
  run.clock.advance(60_000)
  for (const backend of run.backends.slice(1)) backend.latency.observe(5, run.clock.now())
  for (const inFlight of holdOpen(run, 400)) assertAbout(inFlight, 100)
})

test('latencies below a tenth of a millisecond are alike', () => {
  for (const inFlight of holdOpen(start([1, 1], [0, 0.09]), 400)) assertAbout(inFlight, 200)
})

test('a backend that was slow is tried again, and has its share back when it is quick', () => {
  const run = start([1, 1, 1, 1], [])
  const [slow] = run.backends
  let isSlow = true
  const serviceMs = (backend: TestBackend): number => 5 + run.random() + (backend === slow && isSlow ? 1000 : 0)
  const loop = { ...run, serviceMs, clients: 32 }
  const before = runClosedLoop({ ...loop, durationMs: 5000 })
  assert.ok(before[0]! < sum(before) / 40, `${before}`)
  isSlow = false
  runClosedLoop({ ...loop, durationMs: 60_000 })
  const after = runClosedLoop({ ...loop, durationMs: 2000 })
  assertAbout(after[0], sum(after) / 4)
})
