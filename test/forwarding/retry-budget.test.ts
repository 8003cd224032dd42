import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RetryBudget } from '../../src/services/retry-budget.ts'

function spent (budget: RetryBudget, nowMs: number): number {
  let repeats = 0
  while (budget.spend(nowMs)) repeats++
  return repeats
}

test('repeats are at most their share of the requests of the last 10 s', () => {
  const budget = new RetryBudget(20)
  for (let i = 0; i < 100; i++) budget.onRequest(i * 10)
  assert.equal(spent(budget, 1000), 20)
  for (let i = 0; i < 50; i++) budget.onRequest(5000)
  assert.equal(spent(budget, 5000), 10)
  assert.equal(spent(budget, 11_500), 0)
  assert.equal(spent(budget, 15_000), 3)
})

test('three are always allowed', () => {
  const budget = new RetryBudget(0)
  assert.equal(spent(budget, 0), 3)
  assert.equal(spent(budget, 9000), 0)
  assert.equal(spent(budget, 10_000), 3)
})

test('a long pause forgets everything', () => {
  const budget = new RetryBudget(50)
  for (let i = 0; i < 100; i++) budget.onRequest(0)
  assert.equal(spent(budget, 1_000_000), 3)
})
