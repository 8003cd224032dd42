import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { test } from 'node:test'
import { everySecond } from '../../src/base/every-second.ts'
import { repeat } from '../../src/base/repeat.ts'
import { FakeClock } from '../helpers/clock.ts'

test('work runs after a pause, and again when it has ended and another pause is over', async () => {
  const clock = new FakeClock()
  let end = (): void => {}
  let runs = 0
  repeat(clock, 1000, () => new Promise((resolve) => { runs++; end = resolve }), (error) => { assert.ifError(error) })
  clock.advance(999)
  assert.equal(runs, 0)
  clock.advance(1)
  assert.equal(runs, 1)
  assert.equal(clock.nextInMs(), undefined)
  end()
  await setImmediate()
  clock.advance(1000)
  assert.equal(runs, 2)
})

test('work that is stopped during a run leaves no timer', async () => {
  const clock = new FakeClock()
  let end = (): void => {}
  const stop = repeat(clock, 1000, () => new Promise((resolve) => { end = resolve }), (error) => { assert.ifError(error) })
  clock.advance(1000)
  stop()
  end()
  await setImmediate()
  assert.equal(clock.nextInMs(), undefined)
})

test('a run that fails is reported and the last one', async () => {
  const clock = new FakeClock()
  const errors: unknown[] = []
  repeat(clock, 1000, () => Promise.reject(new Error('broken')), (error) => { errors.push(error) })
  clock.advance(1000)
  await setImmediate()
  assert.equal(errors.length, 1)
  assert.equal(clock.nextInMs(), undefined)
})

test('something is done once in each second of the wall clock, at its time, until it is ended', () => {
  const clock = new FakeClock()
  clock.advance(300)
  const at: number[] = []
  const end = everySecond(clock, 500, () => { at.push(clock.date()) })
  const late = everySecond(clock, 0, () => {
    at.push(clock.date())
    late()
  })
  clock.advance(2300)
  end()
  clock.advance(5000)
  assert.deepEqual(at, [1000, 1500, 2500])
})

test('a timer that fires early or late does nothing twice in a second', () => {
  const clock = new FakeClock()
  const at: number[] = []
  const jitters = [-1, 300]
  const jittery = {
    now: () => clock.now(),
    date: () => clock.date(),
    after: (ms: number, task: () => void) => clock.after(ms + (jitters.shift() ?? 0), task)
  }
  everySecond(jittery, 0, () => { at.push(clock.date()) })
  clock.advance(5000)
  assert.deepEqual(at, [999, 2300, 3000, 4000, 5000])
})
