import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createChecker } from '../helpers/checker.ts'
import { buildApp } from '../helpers/gateway.ts'
import { memoryLog } from '../helpers/log.ts'

test('a check that throws is reported, and ends neither the start nor the schedule of its backend', async (t) => {
  const { checker, checks, clock, errors, backends } = createChecker(t, ['a'])
  const start = checker.start()
  for (let round = 0; round < 3; round++) {
    await checks[round]?.end(Promise.reject(new Error('broken')))
    await start
    assert.equal(errors.length, round + 1)
    assert.equal(backends[0]?.health.state, 'unchecked')
    clock.advance(clock.nextInMs() ?? 0)
  }
  assert.equal(errors[0], 'a: Error: broken')
  await checks[3]?.end()
  assert.equal(backends[0]?.health.state, 'healthy')
})

test('a result that cannot be noted is reported, and does not end the schedule', async (t) => {
  const { checker, checks, clock, errors, registry } = createChecker(t, ['a'])
  registry.reportCheck = () => { throw new Error('broken') }
  const start = checker.start()
  await checks[0]?.end()
  await start
  assert.deepEqual(errors, ['a: Error: broken'])
  clock.advance(clock.nextInMs() ?? 0)
  assert.equal(checks.length, 2)
})

test('a check that throws leaves its place to the next', async (t) => {
  const { checker, checks } = createChecker(t, Array.from({ length: 65 }, (_, i) => `b${i}`))
  void checker.start()
  assert.equal(checks.length, 64)
  await checks[0]?.end(Promise.reject(new Error('broken')))
  assert.equal(checks.length, 65)
})

test('the log tells of a check that could not be made, as a failure of the gateway', async (t) => {
  const log = memoryLog()
  const app = await buildApp(t, { BACKENDS: 'http://127.0.0.1:1;name=a' }, { logger: log.logger })
  app.registry.reportCheck = () => { throw new Error('broken') }
  await app.ready()
  assert.deepEqual(log.lines('health check failed to run').map(({ level, backend }) => [level, backend]), [[50, 'a']])
})
