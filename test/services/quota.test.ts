import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deal, floorOf } from '../../src/services/quota.ts'
import { fc } from '../helpers/property.ts'

for (const [limit, demands, quotas, what] of [
  [8, [0, 0, 0, 0], [2, 2, 2, 2], 'a limit that nobody wants is shared equally'],
  [8, [8, 0, 0, 0], [5, 1, 1, 1], 'who is alone gets all but one for each of the others'],
  [8, [9, 9, 1, 1], [3, 3, 1, 1], 'who wants more gets more'],
  [8, [3, 0, 0, 1], [4, 1, 1, 2], 'what nobody wants is room for more'],
  [7, [9, 9], [3, 4], 'the rest of a division goes to one of them'],
  [1, [1, 3, 0, 2], [1, 1, 0, 1], 'each worker in use has one, and makes the sum more than the limit'],
  [2, [5, 0, 0], [2, 0, 0], 'a small limit goes to the one that wants it'],
  [2, [1, 0, 0], [1, 0, 1], 'what it leaves goes to others'],
  [5, [9], [5], 'one worker has all']
] as const) {
  test(`of ${limit}, demands of ${demands.join(', ')} get ${quotas.join(', ')}: ${what}`, () => {
    assert.deepEqual(deal(limit, demands), quotas)
  })
}

test('a minimum is divided, but never to nothing', () => {
  assert.deepEqual([[3, 1], [3, 2], [3, 8], [0, 2], [100, 3]].map(([minimum, workers]) => floorOf(minimum!, workers!)), [3, 2, 1, 1, 34])
})

const limits = fc.integer({ min: 1, max: 300 })
const demandsOf = (min: number, max: number) => fc.array(fc.integer({ min: 0, max: 200 }), { minLength: min, maxLength: max })
const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)

test('the sum is the limit, or the number of workers in use where that is more, and each of them has at least one', () => {
  fc.assert(fc.property(limits, demandsOf(1, 40), (limit, demands) => {
    const quotas = deal(limit, demands)
    const inUse = demands.filter((demand) => demand > 0).length
    assert.equal(sum(quotas), Math.max(limit, inUse))
    quotas.forEach((quota, i) => { assert.ok(Number.isInteger(quota) && quota >= (demands[i]! > 0 || limit >= demands.length ? 1 : 0)) })
  }))
})

test('who wants more never gets less, and what is wanted is given while there is enough', () => {
  fc.assert(fc.property(limits, demandsOf(1, 20), (limit, demands) => {
    const quotas = deal(limit, demands)
    for (const [i, a] of demands.entries()) {
      for (const [j, b] of demands.entries()) if (a > b) assert.ok(quotas[i]! >= quotas[j]!, `${quotas.join()}`)
    }
    if (sum(demands.map((demand) => Math.max(1, demand))) <= limit) demands.forEach((demand, i) => { assert.ok(quotas[i]! >= demand) })
    // Nobody could be given more but by taking from one that has no more than it.
    for (const [i, quota] of quotas.entries()) {
      if (quota >= demands[i]!) continue
      quotas.forEach((other, j) => { assert.ok(other <= quota + 1, `${quotas.join()} at ${i}, ${j}`) })
    }
  }))
})

test('one request more or less moves at most one from one worker to another', () => {
  fc.assert(fc.property(limits, demandsOf(1, 20), fc.nat(), (limit, demands, which) => {
    const more = demands.map((demand, i) => i === which % demands.length ? demand + 1 : demand)
    const inUse = (each: readonly number[]) => each.filter((demand) => demand > 0).length
    fc.pre(limit >= demands.length || inUse(more) === inUse(demands))
    const [quotas, after] = [deal(limit, demands), deal(limit, more)].map((each) => each.toSorted((a, b) => a - b)) as [number[], number[]]
    assert.ok(sum(quotas.map((quota, i) => Math.abs(quota - after[i]!))) <= 2, `${quotas.join()} then ${after.join()}`)
  }))
})

test('demands that go to and fro by one request move nothing once they were dealt', () => {
  fc.assert(fc.property(limits, demandsOf(1, 20), fc.nat(), (limit, demands, which) => {
    const more = demands.map((demand, i) => i === which % demands.length ? demand + 1 : demand)
    fc.pre(limit >= demands.length)
    const quotas = deal(limit, more, deal(limit, demands))
    assert.equal(deal(limit, demands, quotas), quotas)
    assert.equal(deal(limit, more, quotas), quotas)
  }))
})

test('what was dealt before is kept only if it is as good: in sum, and for each within one of what is fair', () => {
  fc.assert(fc.property(limits, demandsOf(2, 20), fc.func(fc.nat(200)), (limit, demands, other) => {
    const fair = deal(limit, demands)
    const kept = deal(limit, demands, deal(limit, demands.map((_, i) => other(i))))
    assert.equal(sum(kept), sum(fair))
    const areMet = kept.every((quota, i) => quota >= demands[i]!)
    kept.forEach((quota, i) => { assert.ok(areMet || Math.abs(quota - fair[i]!) <= 1, `${kept.join()} instead of ${fair.join()}`) })
  }))
  assert.deepEqual(deal(8, [4, 4, 1], [4, 4]), deal(8, [4, 4, 1]), 'what was dealt to other workers')
})
