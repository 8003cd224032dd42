import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { AcmeStorage } from '../../src/acme/storage.ts'
import { temporaryFolder } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'
import { hourMs, startKeeping } from './keeping.ts'

const account = 'account https://ca.test/terms'

test('a gateway that ends breaks an order off, which counts for nothing, and lets the lock go', async (t) => {
  const { keeper, ca, storage, told } = await startKeeping(t)
  ca.isSilent = true
  keeper.begin()
  await until('a request', () => ca.requests.length > 0)
  await keeper.close()
  assert.deepEqual(told, [])
  assert.deepEqual([...keeper.orders], [])
  assert.deepEqual(readdirSync(storage.folderOf('names')), [])
  assert.deepEqual(readdirSync(storage.folder).sort(), ['account.pem', 'certificates', 'challenges', 'names'])
})

test('a CA that never answers is given up after three times half a minute', async (t) => {
  const { keeper, ca, clock, told } = await startKeeping(t)
  ca.isSilent = true
  keeper.begin()
  for (const ms of [30_000, 2000, 30_000, 10_000, 30_000]) await clock.letPass(ms)
  await keeper.idle()
  assert.deepEqual(told, [`failed shop.test 60000: unreachable: ${ca.url} cannot be reached: no answer within 30 s`])
})

test('a directory that is none is refused', async (t) => {
  const { keeper, ca, told } = await startKeeping(t)
  ca.failNext('/directory', { status: 200 })
  keeper.begin()
  await keeper.idle()
  assert.deepEqual(told, [`failed shop.test ${hourMs}: refused: the CA's directory has no newOrder`])
})

test('a token that could lead out of the folder is refused', async (t) => {
  const { keeper, ca, told, storage } = await startKeeping(t)
  ca.token = '../../x'
  keeper.begin()
  await keeper.idle()
  const problem = 'the token of the challenge has characters that it must not have'
  assert.deepEqual(told, [`failed shop.test ${hourMs}: refused: ${problem}`, account])
  assert.deepEqual(readdirSync(storage.folderOf('challenges')), [])
})

test('a CA that has forgotten the account makes another one for the same key', async (t) => {
  const { keeper, ca, pass, told } = await startKeeping(t)
  keeper.begin()
  await pass(60_000)
  ca.forgetAccounts()
  await pass(61 * 24 * hourMs)
  assert.deepEqual(told, ['issued shop.test', account, 'issued shop.test', account])
})

test('a name that fails does not hold up the others', async (t) => {
  const { keeper, ca, told } = await startKeeping(t, { names: ['a.test', 'b.test', 'c.test'] })
  ca.failNext('newOrder', { status: 403, code: 'rejectedIdentifier', detail: 'not this one' })
  keeper.begin()
  await keeper.idle()
  assert.deepEqual(told, [
    `failed a.test ${hourMs}: refused: the CA answers 403: not this one`, 'issued b.test', 'issued c.test', account
  ])
})

test('a folder that cannot be used is told of once, and nothing is ordered', async (t) => {
  const { keeper, ca, storage, pass, told } = await startKeeping(t)
  writeFileSync(storage.folder, 'a file in its place')
  keeper.begin()
  await pass(60_000)
  await pass(60_000)
  assert.equal(told.length, 1)
  assert.match(told[0] as string, /^unusable Error: (EEXIST|ENOTDIR): /)
  assert.equal(ca.requests.length, 0)
})

test('a lock that a killed gateway has left is told of once, and taken over after five minutes', async (t) => {
  const { keeper, storage, pass, told } = await startKeeping(t)
  await storage.prepare()
  const lock = join(storage.folder, 'lock')
  writeFileSync(lock, 'killed')
  utimesSync(lock, 0, 0)
  keeper.begin()
  for (let minutes = 0; minutes < 5; minutes++) await pass(60_000)
  assert.deepEqual(told, ['busy'])
  await pass(60_000)
  assert.deepEqual(told, ['busy', 'issued shop.test', account])
})

test('only the folder itself is closed to others, not what it lies in', async () => {
  const folder = await temporaryFolder()
  const storage = new AcmeStorage(join(folder, 'data', 'acme'), 'https://ca.test/directory')
  await storage.prepare()
  mkdirSync(join(folder, 'usual'))
  const modeOf = (path: string): number => statSync(path).mode & 0o777
  assert.equal(modeOf(join(folder, 'data')), modeOf(join(folder, 'usual')))
  assert.deepEqual([join(folder, 'data', 'acme'), storage.folder].map(modeOf), [0o700, 0o700])
})
