import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { HealthChecker } from '../../src/health/health-checker.ts'
import type { ProbeResult } from '../../src/health/probe.ts'
import { FakeClock } from '../helpers/clock.ts'
import { createTestRegistry } from '../helpers/registry.ts'
import { settled } from '../helpers/until.ts'

const passed: ProbeResult = { passed: true, detail: 'status 200' }

interface Check {
  readonly host: string
  readonly signal: AbortSignal
  readonly end: (result?: ProbeResult) => Promise<void>
}

/** A checker of these backends at an interval of 1000 ms, whose checks take until the test ends them. */
function createChecker (t: TestContext, names: string[], random: () => number = () => 0.5) {
  const clock = new FakeClock()
  const { registry, backends, transitions } = createTestRegistry(names)
  const checks: Check[] = []
  const probe = (url: URL, signal: AbortSignal): Promise<ProbeResult> => new Promise((resolve) => {
    checks.push({
      host: url.host,
      signal,
      end: (result = passed) => {
        resolve(result)
        return settled()
      }
    })
  })
  const checker = new HealthChecker({ registry, probe, intervalMs: 1000, clock, random })
  t.after(() => { checker.stop() })
  return { clock, registry, backends, transitions, checks, checker }
}

test('the start checks every backend at once and is over when the last check is', async (t) => {
  const { checker, checks, backends } = createChecker(t, ['a', 'b'])
  let isOver = false
  const start = checker.start().then(() => { isOver = true })
  assert.deepEqual(checks.map(({ host }) => host), ['a', 'b'])
  await checks[0]?.end()
  assert.equal(isOver, false)
  await checks[1]?.end({ passed: false, detail: 'connection refused' })
  await start
  assert.deepEqual(backends.map(({ health }) => health.state), ['healthy', 'unhealthy'])
})

test('the next check begins one interval after the last one began', async (t) => {
  const { checker, checks, clock } = createChecker(t, ['a'])
  checker.start()
  clock.advance(300)
  await checks[0]?.end()
  assert.equal(clock.nextInMs(), 700)
  clock.advance(699)
  assert.equal(checks.length, 1)
  clock.advance(1)
  assert.equal(checks.length, 2)
})

for (const [chance, intervalMs] of [[0, 900], [0.25, 950], [0.5, 1000], [1, 1100]] as const) {
  test(`chance ${chance} makes an interval of 1000 ms one of ${intervalMs} ms`, async (t) => {
    const { checker, checks, clock } = createChecker(t, ['a'], () => chance)
    checker.start()
    await checks[0]?.end()
    assert.equal(Math.round(clock.nextInMs() ?? 0), intervalMs)
  })
}

test('checks of one backend do not overlap when one is slow; the next follows it at once', async (t) => {
  const { checker, checks, clock } = createChecker(t, ['a'])
  checker.start()
  clock.advance(10_000)
  assert.equal(checks.length, 1)
  await checks[0]?.end()
  clock.advance(0)
  assert.equal(checks.length, 2)
})

test('a slow check of one backend does not hold up those of another', async (t) => {
  const { checker, checks, clock } = createChecker(t, ['slow', 'fast'])
  checker.start()
  for (let round = 1; round <= 5; round++) {
    await checks.at(-1)?.end()
    clock.advance(1000)
  }
  assert.deepEqual(checks.map(({ host }) => host), ['slow', 'fast', 'fast', 'fast', 'fast', 'fast', 'fast'])
})

test('a result is noted with how long it took and when it ended', async (t) => {
  const { checker, checks, clock, backends } = createChecker(t, ['a'])
  checker.start()
  clock.advance(120)
  await checks[0]?.end()
  assert.deepEqual(backends[0]?.lastCheck, { ...passed, durationMs: 120, at: 120 })
})

test('the stop ends checks that run and those that are planned, and nothing is reported after it', async (t) => {
  const { checker, checks, clock, backends, transitions } = createChecker(t, ['runs', 'planned'])
  checker.start()
  await checks[1]?.end()
  checker.stop()
  assert.equal(checks[0]?.signal.aborted, true)
  await checks[0]?.end({ passed: false, detail: 'check ended with the gateway' })
  clock.advance(60_000)
  assert.equal(checks.length, 2)
  assert.equal(clock.nextInMs(), undefined)
  assert.equal(backends[0]?.health.state, 'unchecked')
  assert.equal(transitions.length, 1)
})

test('the schedules of two gateways drift apart', async (t) => {
  async function beginnings (random: () => number): Promise<number[]> {
    const { checker, checks, clock } = createChecker(t, ['a'], random)
    checker.start()
    const times = [clock.now()]
    while (times.length < 5) {
      await checks.at(-1)?.end()
      clock.advance(clock.nextInMs() ?? 0)
      times.push(Math.round(clock.now()))
    }
    return times
  }
  assert.deepEqual(await beginnings(chances(0.1, 0.9, 0.4, 0.6)), [0, 920, 2000, 2980, 4000])
  assert.deepEqual(await beginnings(chances(0.7, 0.2, 0.8, 0.5)), [0, 1040, 1980, 3040, 4040])
})

function chances (...values: number[]): () => number {
  return () => values.shift() ?? 0.5
}
