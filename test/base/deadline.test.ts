import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Deadline } from '../../src/base/deadline.ts'
import { FakeClock } from '../helpers/clock.ts'

/** A deadline, the times at which it passed, and how often a timer was set for it. */
function createDeadline () {
  const clock = new FakeClock()
  const passedAt: number[] = []
  const timers: number[] = []
  const counting = {
    now: () => clock.now(),
    date: () => clock.date(),
    after: (delayMs: number, task: () => void) => { timers.push(delayMs); return clock.after(delayMs, task) }
  }
  const deadline = new Deadline(counting, () => { passedAt.push(clock.now()) })
  return { clock, deadline, passedAt, timers }
}

test('it passes once, when its time is over and not before', () => {
  const { clock, deadline, passedAt } = createDeadline()
  deadline.set(100)
  clock.advance(99)
  assert.deepEqual(passedAt, [])
  clock.advance(10_000)
  assert.deepEqual(passedAt, [100])
})

for (const [what, delays, expected] of [
  ['a longer limit', [100, 300], 300],
  ['a shorter limit', [300, 100], 100],
  ['the last of several', [300, 100, 200, 50, 250], 250]
] as const) {
  test(`${what} replaces the one that is set`, () => {
    const { clock, deadline, passedAt } = createDeadline()
    for (const delayMs of delays) deadline.set(delayMs)
    clock.advance(10_000)
    assert.deepEqual(passedAt, [expected])
  })
}

test('the time counts from the last call', () => {
  const { clock, deadline, passedAt } = createDeadline()
  for (let i = 0; i < 5; i++) {
    deadline.set(100)
    clock.advance(60)
  }
  assert.deepEqual(passedAt, [])
  clock.advance(10_000)
  assert.deepEqual(passedAt, [4 * 60 + 100])
})

test('a limit that is moved with each of a thousand requests takes a timer now and then', () => {
  const { clock, deadline, passedAt, timers } = createDeadline()
  for (let i = 0; i < 1000; i++) {
    deadline.set(1000)
    clock.advance(1)
    deadline.lift()
  }
  assert.deepEqual(passedAt, [])
  assert.ok(timers.length <= 2, `${timers.length} timers`)
})

test('one that was lifted does not pass, and can be set again', () => {
  const { clock, deadline, passedAt } = createDeadline()
  deadline.set(100)
  deadline.lift()
  clock.advance(50)
  deadline.set(100)
  clock.advance(99)
  assert.deepEqual(passedAt, [])
  clock.advance(1)
  assert.deepEqual(passedAt, [150])
})

test('one that was lifted leaves no timer for longer than its time', () => {
  const { clock, deadline } = createDeadline()
  deadline.set(100)
  deadline.lift()
  clock.advance(100)
  assert.equal(clock.nextInMs(), undefined)
})

test('one that has ended has no timer', () => {
  const { clock, deadline, passedAt } = createDeadline()
  deadline.set(100)
  deadline.end()
  assert.equal(clock.nextInMs(), undefined)
  clock.advance(10_000)
  assert.deepEqual(passedAt, [])
})

test('one that has passed can be set again', () => {
  const { clock, deadline, passedAt } = createDeadline()
  deadline.set(100)
  clock.advance(100)
  deadline.set(100)
  clock.advance(100)
  assert.deepEqual(passedAt, [100, 200])
})

test('a timer that fires a fraction early is set for one more millisecond, not for none', () => {
  let nowMs = 0
  const timers: Array<{ delayMs: number, task: () => void }> = []
  let passed = 0
  const deadline = new Deadline({
    now: () => nowMs,
    date: () => 0,
    after: (delayMs, task) => { timers.push({ delayMs, task }); return () => {} }
  }, () => { passed++ })
  deadline.set(100)
  nowMs = 99.6
  timers[0]?.task()
  assert.deepEqual([passed, timers[1]?.delayMs], [0, 1])
  nowMs = 100.6
  timers[1]?.task()
  assert.equal(passed, 1)
})
