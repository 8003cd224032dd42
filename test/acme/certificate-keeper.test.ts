import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Budget } from '../../src/base/budget.ts'
import { settled } from '../helpers/until.ts'
import { dayMs, hourMs, startKeeping } from './keeping.ts'

const account = 'account https://ca.test/terms'

test('a certificate is ordered, with the account made on the way, and nothing is left of its challenge', async (t) => {
  const { keeper, ca, storage, tells, certificate, pass } = await startKeeping(t)
  keeper.begin()
  await tells('issued shop.test', account)
  assert.equal(certificate().checkHost('shop.test'), 'shop.test')
  assert.deepEqual([...keeper.orders], [['issued', 1]])
  await keeper.idle()
  assert.deepEqual(readdirSync(storage.folderOf('challenges')), [])
  assert.deepEqual(readdirSync(storage.folder).sort(), ['account.pem', 'certificates', 'challenges', 'names'])
  // What comes next asks for advice, which this CA does not give.
  await pass(60_000)
  const requests = ca.requests.length
  await pass(dayMs - 60_000)
  assert.equal(ca.requests.length, requests)
})

test('it is renewed at two thirds of its life, whatever that is', async (t) => {
  const { keeper, ca, pass, told, certificate } = await startKeeping(t)
  ca.lifetimeMs = 6 * dayMs
  keeper.begin()
  await pass(4 * dayMs - 1000)
  assert.deepEqual(told, ['issued shop.test', account])
  const first = certificate().serialNumber
  await pass(60_000)
  assert.deepEqual(told, ['issued shop.test', account, 'issued shop.test'])
  assert.notEqual(certificate().serialNumber, first)
})

test('a nonce that the CA refuses is replaced, at each step', async (t) => {
  const { keeper, ca, tells } = await startKeeping(t)
  for (const where of ['newAccount', 'newOrder', '/authorization/', '/challenge/', '/finalize/', '/order/', '/certificate/']) {
    ca.failNext(where, { status: 400, code: 'badNonce' })
    ca.failNext(where, { status: 400, code: 'badNonce' })
  }
  keeper.begin()
  await tells('issued shop.test', account)
  assert.equal(ca.orders.length, 1)
})

test('where one challenge fails the other one is tried, which comes first from then on', async (t) => {
  const { keeper, ca, pass, told } = await startKeeping(t, { reachable: ['tls-alpn-01'] })
  keeper.begin()
  await pass(61 * dayMs)
  assert.deepEqual(told, ['issued shop.test', account, 'issued shop.test'])
  assert.equal(ca.orders.length, 3)
})

test('a name that cannot be proved is left alone for 15, 30, 60 minutes and so on up to a day, and that is said once', async (t) => {
  const { keeper, ca, clock, pass, told } = await startKeeping(t, { reachable: [] })
  keeper.begin()
  await keeper.idle()
  // Let's Encrypt's limit of failed validations.
  const failures = new Budget(clock, 5, 5 / 3600)
  for (const [i, hours] of [0.25, 0.5, 1, 2, 4, 8, 16, 24, 24].entries()) {
    assert.ok(failures.spend() && failures.spend())
    assert.equal(keeper.orders.get('challenge-failed'), i + 1)
    await pass(hours * hourMs - 60_000)
    assert.equal(ca.orders.length, 2 * (i + 1))
    await pass(60_000)
    assert.equal(ca.orders.length, 2 * (i + 2))
  }
  assert.deepEqual(told, [
    `failed shop.test ${hourMs / 4}: challenge-failed: ` +
      'http-01 has failed: nothing at shop.test; tls-alpn-01 has failed: nothing at shop.test',
    account
  ])
})

test('a CA that says when to come back is heeded', async (t) => {
  const { keeper, ca, pass, told } = await startKeeping(t)
  ca.failNext('newOrder', { status: 429, code: 'rateLimited', detail: 'too many certificates', retryAfter: '18000' })
  keeper.begin()
  await pass(5 * hourMs - 60_000)
  assert.deepEqual(told, [`failed shop.test ${5 * hourMs}: rate-limited: the CA answers 429: too many certificates`, account])
  assert.equal(ca.orders.length, 0)
  await pass(60_000)
  assert.equal(keeper.orders.get('issued'), 1)
})

test('while the CA is away the certificate stays, and it is asked again after a minute, and at least hourly', async (t) => {
  const { keeper, ca, clock, pass, told, certificate } = await startKeeping(t)
  keeper.begin()
  await keeper.idle()
  const { serialNumber } = certificate()
  await pass(60_000)
  ca.isAway = true
  clock.advance(61 * dayMs)
  for (let i = 1; i < 9; i++) {
    await clock.letPass(2000)
    await clock.letPass(10_000)
    await keeper.idle()
    assert.equal(keeper.orders.get('unreachable'), i)
    await settled()
    if (i < 8) clock.advance(Math.min(60_000 * 2 ** (i - 1), hourMs))
  }
  const failed = told.filter((line) => line.startsWith('failed'))
  assert.equal(failed.length, 1)
  assert.match(String(failed), /^failed shop\.test 60000: unreachable: https:\/\/127\.0\.0\.1:\d+ cannot be reached: /)
  assert.equal(certificate().serialNumber, serialNumber)
  ca.isAway = false
  await pass(hourMs)
  assert.notEqual(certificate().serialNumber, serialNumber)
})

test('a CA that is busy for a moment is asked again within the order', async (t) => {
  const { keeper, ca, clock, tells } = await startKeeping(t)
  ca.failNext('/finalize/', { status: 503, retryAfter: '7' })
  keeper.begin()
  await clock.letPass(7000)
  await tells('issued shop.test', account)
})

test('an order that the CA works on is waited for, and given up after three minutes', async (t) => {
  const { keeper, ca, clock, told } = await startKeeping(t)
  ca.processing = 1000
  keeper.begin()
  for (const ms of [1000, 1500, 2250, 3375, 5062.5, 7593.75, ...new Array<number>(15).fill(10_000)]) await clock.letPass(ms)
  await keeper.idle()
  assert.deepEqual(told, [`failed shop.test ${hourMs}: timeout: the CA has not decided within 3 min`, account])
})

test('a certificate for another name is not kept', async (t) => {
  const { keeper, ca, storage, tells } = await startKeeping(t)
  ca.certificateName = 'other.test'
  keeper.begin()
  await tells(`failed shop.test ${hourMs}: refused: the certificate that the CA has made is not for shop.test`, account)
  assert.deepEqual(readdirSync(storage.folderOf('certificates')), [])
})

test('a restart orders nothing', async (t) => {
  const first = await startKeeping(t)
  first.keeper.begin()
  await first.pass(60_000)
  await first.keeper.close()
  const { length } = first.ca.requests
  const second = await first.again()
  second.keeper.begin()
  await second.keeper.close()
  assert.equal(first.ca.requests.length, length)
})

test('a crash loop does not order again before its time', async (t) => {
  const first = await startKeeping(t)
  first.ca.failNext('newOrder', { status: 403, code: 'rejectedIdentifier', detail: 'not this one' })
  first.keeper.begin()
  await first.tells(/^failed shop\.test 3600000: refused: the CA answers 403: not this one$/, account)
  await first.keeper.close()
  const { length } = first.ca.requests
  const second = await first.again()
  second.keeper.begin()
  await second.tells('waiting shop.test: the CA answers 403: not this one')
  await second.keeper.close()
  assert.equal(first.ca.requests.length, length)
})

test('of two gateways with one folder, one orders', async (t) => {
  const first = await startKeeping(t)
  const second = await first.again()
  for (const { keeper } of [first, second]) keeper.begin()
  for (const { keeper } of [first, second]) await keeper.idle()
  await first.pass(60_000)
  await second.keeper.idle()
  assert.equal(first.ca.orders.length, 1)
  assert.equal([...first.told, ...second.told].filter((line) => line.startsWith('issued')).length, 1)
})

test('a certificate whose file is damaged is ordered again', async (t) => {
  const { keeper, storage, pass, told, certificate } = await startKeeping(t)
  keeper.begin()
  await keeper.idle()
  const file = join(storage.folderOf('certificates'), 'shop.test.pem')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/-----BEGIN PRIVATE[^]*?END PRIVATE KEY-----/, ''))
  await pass(hourMs)
  assert.deepEqual(told, ['issued shop.test', account, 'issued shop.test'])
  assert.equal(certificate().checkHost('shop.test'), 'shop.test')
})
