import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Budget } from '../../src/base/budget.ts'
import { FakeClock } from '../helpers/clock.ts'

function spendAll (budget: Budget): number {
  let spent = 0
  while (budget.spend()) spent++
  return spent
}

test('a budget that was full for long is no larger than at first', () => {
  const clock = new FakeClock()
  const budget = new Budget(clock, 20, 10)
  clock.advance(60_000)
  assert.equal(spendAll(budget), 20)
  clock.advance(500)
  assert.equal(spendAll(budget), 5)
})

test('what is earned can be spent, but not saved beyond the most', () => {
  const budget = new Budget(new FakeClock(), 2, 1)
  budget.earn()
  assert.deepEqual([budget.spend(), budget.spend(), budget.spend()], [true, true, false])
  budget.earn()
  assert.deepEqual([budget.spend(), budget.spend()], [true, false])
})
