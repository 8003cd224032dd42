import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CheckResult } from '../../src/checks/check.ts'
import { createChecker, passed } from '../helpers/checker.ts'

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

/** Lets the first round and the second check pass. */
async function untilThirdCheck ({ checker, checks, clock }: ReturnType<typeof createChecker>, result?: CheckResult): Promise<void> {
  void checker.start()
  await checks[0]?.end()
  clock.advance(clock.nextInMs() ?? 0)
  await checks[1]?.end(result)
}

for (const [chance, delayMs] of [[0, 1000], [0.25, 750], [0.999, 1]] as const) {
  test(`the second round is spread over the interval: chance ${chance} makes it ${delayMs} ms`, async (t) => {
    const { checker, checks, clock } = createChecker(t, ['a'], () => chance)
    void checker.start()
    await checks[0]?.end()
    assert.equal(Math.round(clock.nextInMs() ?? 0), delayMs)
  })
}

test('from then on the next check begins one interval after the last one began', async (t) => {
  const { checker, checks, clock } = createChecker(t, ['a'])
  void checker.start()
  await checks[0]?.end()
  clock.advance(500)
  clock.advance(300)
  await checks[1]?.end()
  assert.equal(clock.nextInMs(), 700)
  clock.advance(699)
  assert.equal(checks.length, 2)
  clock.advance(1)
  assert.equal(checks.length, 3)
})

for (const [chance, intervalMs] of [[0, 900], [0.25, 950], [0.5, 1000], [1, 1100]] as const) {
  test(`chance ${chance} makes an interval of 1000 ms one of ${intervalMs} ms`, async (t) => {
    const checker = createChecker(t, ['a'], () => chance)
    await untilThirdCheck(checker)
    assert.equal(Math.round(checker.clock.nextInMs() ?? 0), intervalMs)
  })
}

test('checks run four times as often while a state is in question', async (t) => {
  const failed = { passed: false, detail: 'status 503' }
  const doubtful = createChecker(t, ['a', 'b'])
  void doubtful.checker.start()
  await doubtful.checks[0]?.end()
  await doubtful.checks[1]?.end()
  doubtful.clock.advance(500)
  await doubtful.checks[2]?.end(failed)
  await doubtful.checks[3]?.end()
  assert.equal(doubtful.clock.nextInMs(), 250)
  doubtful.clock.advance(250)
  assert.equal(doubtful.checks[4]?.host, 'a')
})

test('checks run four times as often while there is nothing to send requests to', async (t) => {
  const { checker, checks, clock } = createChecker(t, ['a'])
  void checker.start()
  await checks[0]?.end({ passed: false, detail: 'connection refused' })
  assert.equal(clock.nextInMs(), 250)
})

test('a refused connection of the traffic has the backend checked at once', async (t) => {
  const { checker, checks, registry } = createChecker(t, ['a'])
  const started = checker.start()
  await checks[0]?.end()
  await started
  registry.acquire([])?.settle('backend-failure', 'reset')
  assert.equal(checks.length, 1)
  registry.acquire([])?.settle('backend-failure', 'refused')
  assert.equal(checks.length, 2)
  registry.acquire([])?.settle('backend-failure', 'refused')
  assert.equal(checks.length, 2)
})

test('at most 64 checks run at a time, and the others follow', async (t) => {
  const { checker, checks } = createChecker(t, Array.from({ length: 100 }, (_, i) => `b${i}`))
  const started = checker.start()
  assert.equal(checks.length, 64)
  await checks[0]?.end()
  assert.equal(checks.length, 65)
  for (const check of checks) await check.end()
  assert.equal(checks.length, 100)
  for (const check of checks) await check.end()
  await started
})

test('checks of one backend do not overlap when one is slow; the next follows it at once', async (t) => {
  const { checker, checks, clock } = createChecker(t, ['a'])
  void checker.start()
  await checks[0]?.end()
  clock.advance(10_000)
  assert.equal(checks.length, 2)
  await checks[1]?.end()
  clock.advance(0)
  assert.equal(checks.length, 3)
})

test('a slow check of one backend does not hold up those of another', async (t) => {
  const { checker, checks, clock } = createChecker(t, ['slow', 'fast'])
  void checker.start()
  for (let round = 1; round <= 5; round++) {
    await checks.at(-1)?.end()
    clock.advance(1000)
  }
  assert.deepEqual(checks.map(({ host }) => host), ['slow', 'fast', 'fast', 'fast', 'fast', 'fast', 'fast'])
})

test('a result is noted with how long it took and when it ended', async (t) => {
  const { checker, checks, clock, backends } = createChecker(t, ['a'])
  void checker.start()
  clock.advance(120)
  await checks[0]?.end()
  assert.deepEqual(backends[0]?.lastCheck, { ...passed, durationMs: 120, at: 120 })
})

test('what the traffic refused, what is asked for and what is in question needs a new connection, a check in turn does not', async (t) => {
  const { checker, checks, clock, registry, backends } = createChecker(t, ['a'])
  const started = checker.start()
  await checks.at(-1)?.end()
  await started
  clock.advance(500)
  await checks.at(-1)?.end({ passed: false, detail: 'status 503' })
  clock.advance(250)
  await checks.at(-1)?.end()
  clock.advance(1000)
  await checks.at(-1)?.end()
  registry.acquire([])?.settle('backend-failure', 'refused')
  await checks.at(-1)?.end()
  void checker.checkNow(backends[0]!)
  await checks.at(-1)?.end()
  assert.deepEqual(checks.map(({ isInQuestion }) => isInQuestion), [true, false, true, false, true, true])
})

test('what is kept for the checks of a backend goes when it leaves', async (t) => {
  const { checker, registry, backends, forgotten } = createChecker(t, ['a', 'b'])
  void checker.start()
  registry.remove(backends[0]!, 'deleted')
  assert.deepEqual(forgotten, ['a'])
})

test('the stop ends checks that run and those that are planned, and nothing is reported after it', async (t) => {
  const { checker, checks, clock, backends, transitions, forgotten } = createChecker(t, ['runs', 'planned'])
  void checker.start()
  await checks[1]?.end()
  checker.stop()
  assert.deepEqual(forgotten, ['all'])
  await checks[0]?.end({ passed: false, detail: 'check cancelled by the shutdown' })
  clock.advance(60_000)
  assert.equal(checks.length, 2)
  assert.equal(clock.nextInMs(), undefined)
  assert.equal(backends[0]?.health.state, 'unchecked')
  assert.equal(transitions.length, 1)
})

test('the schedules of two gateways drift apart', async (t) => {
  async function beginnings (random: () => number): Promise<number[]> {
    const { checker, checks, clock } = createChecker(t, ['a'], random)
    void checker.start()
    const times = [clock.now()]
    while (times.length < 5) {
      await checks.at(-1)?.end()
      clock.advance(clock.nextInMs() ?? 0)
      times.push(Math.round(clock.now()))
    }
    return times
  }
  assert.deepEqual(await beginnings(chances(0.1, 0.9, 0.4, 0.6)), [0, 900, 1980, 2960, 3980])
  assert.deepEqual(await beginnings(chances(0.7, 0.2, 0.8, 0.5)), [0, 300, 1240, 2300, 3300])
})

function chances (...values: number[]): () => number {
  return () => values.shift() ?? 0.5
}
