import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renewalTime } from '../../src/acme/renewal.ts'
import { dayMs, hourMs, startKeeping } from './keeping.ts'

const account = 'account https://ca.test/terms'
const life = { validFrom: 0, expiresAt: 90 * dayMs }

test('without advice it is two thirds of a life; advice that comes too late is none', () => {
  assert.equal(renewalTime(life, undefined), 60 * dayMs)
  assert.equal(renewalTime(life, { id: 'x', askAt: 0 }), 60 * dayMs)
  assert.equal(renewalTime(life, { id: 'x', askAt: 0, renewAt: 5 * dayMs }), 5 * dayMs)
  assert.equal(renewalTime(life, { id: 'x', askAt: 0, renewAt: 90 * dayMs }), 60 * dayMs)
})

test('a CA that advises is asked for each certificate, and heeded; the order says what it replaces', async (t) => {
  const { keeper, ca, pass, told, storage } = await startKeeping(t, { hasRenewalInfo: true })
  ca.window = { start: 40 * dayMs, end: 42 * dayMs }
  keeper.begin()
  await pass(60_000)
  const advice = JSON.parse(await storage.read('names/shop.test.json') ?? '').advice
  assert.deepEqual([advice.start, advice.end, advice.renewAt], [40 * dayMs, 42 * dayMs, 40 * dayMs])
  assert.equal(ca.count('/renewalInfo/'), 1)
  await pass(40 * dayMs - 120_000)
  assert.equal(ca.orders.length, 1)
  await pass(60_000)
  assert.deepEqual(told, ['issued shop.test', account, 'issued shop.test'])
  assert.deepEqual(ca.orders.map(({ replaces }) => replaces), [undefined, advice.id])
})

test('it is asked again as often as it says, and may want a certificate replaced at once', async (t) => {
  const { keeper, ca, pass } = await startKeeping(t, { hasRenewalInfo: true })
  ca.window = { start: 40 * dayMs, end: 42 * dayMs }
  keeper.begin()
  await pass(60_000)
  ca.window = { start: dayMs / 8, end: dayMs / 8 }
  await pass(6 * hourMs - 60_000)
  assert.equal(ca.count('/renewalInfo/'), 1)
  await pass(60_000)
  assert.equal(ca.count('/renewalInfo/'), 2)
  await pass(60_000)
  assert.equal(ca.orders.length, 2)
})

test('while no advice can be had, that of before holds, or two thirds of the life', async (t) => {
  const { keeper, ca, pass, told } = await startKeeping(t, { hasRenewalInfo: true })
  keeper.begin()
  await pass(60_000) // it knows nothing: 404
  await pass(6 * hourMs)
  assert.equal(ca.count('/renewalInfo/'), 2)
  await pass(60 * dayMs - 6 * hourMs - 120_000)
  assert.equal(ca.orders.length, 1)
  await pass(120_000)
  assert.deepEqual(told, ['issued shop.test', account, 'issued shop.test'])
})

test('a CA that does not know what is replaced gets the order without it', async (t) => {
  const { keeper, ca, pass, told } = await startKeeping(t, { hasRenewalInfo: true })
  keeper.begin()
  await pass(60_000)
  ca.failNext('newOrder', { status: 409, code: 'alreadyReplaced' })
  await pass(61 * dayMs)
  assert.deepEqual(told, ['issued shop.test', account, 'issued shop.test'])
  assert.deepEqual(ca.orders.map(({ replaces }) => replaces), [undefined, undefined])
})

test('advice is kept while the CA is away', async (t) => {
  const { keeper, ca, clock, pass, told } = await startKeeping(t, { hasRenewalInfo: true })
  ca.window = { start: 40 * dayMs, end: 42 * dayMs }
  keeper.begin()
  await pass(60_000)
  ca.isAway = true
  clock.advance(7 * hourMs)
  await clock.letPass(2000)
  await clock.letPass(10_000)
  await keeper.idle()
  ca.window = undefined
  ca.isAway = false
  await pass(40 * dayMs - 8 * hourMs)
  assert.equal(ca.orders.length, 1)
  await pass(hourMs)
  assert.deepEqual(told, ['issued shop.test', account, 'issued shop.test'])
})
