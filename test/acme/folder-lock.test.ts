import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { FolderLock } from '../../src/acme/folder-lock.ts'
import { FakeClock } from '../helpers/clock.ts'
import { temporaryFolder } from '../helpers/server-process.ts'
import { settled, until } from '../helpers/until.ts'

async function locks (t: TestContext) {
  const folder = await temporaryFolder()
  const path = join(folder, 'lock')
  const clock = new FakeClock()
  const locks = [new FolderLock(path, clock), new FolderLock(path, clock)] as const
  t.after(() => Promise.all(locks.map((lock) => lock.release())))
  return { folder, path, clock, locks }
}

test('one at a time holds it', async (t) => {
  const { locks: [one, other] } = await locks(t)
  assert.deepEqual(await Promise.all([one.take(), other.take()]).then((taken) => taken.filter(Boolean)), [true])
  await one.release()
  await other.release()
  assert.equal(await other.take(), true)
  await one.release()
  assert.equal(await one.take(), false)
})

test('one that was left is taken over after five minutes, by one of all who try', async (t) => {
  const { folder, path, clock, locks: [one, other] } = await locks(t)
  await new FolderLock(path, { ...clock, date: () => 0, now: () => 0, after: () => () => {} }).take()
  clock.advance(300_000)
  assert.equal(await one.take(), false)
  clock.advance(1)
  const taken = await Promise.all([one.take(), other.take()])
  assert.equal(taken.filter(Boolean).length, 1)
  assert.deepEqual(readdirSync(folder), ['lock'])
})

test('while it is held it does not grow old', async (t) => {
  const { path, clock, locks: [one, other] } = await locks(t)
  await one.take()
  for (let minutes = 1; minutes < 8; minutes++) {
    clock.advance(60_000)
    await until('it to be touched', async () => (await stat(path)).mtimeMs === clock.date())
    await settled()
  }
  assert.equal(await other.take(), false)
})

test('one from a time to come, as when a clock was set back, is taken over too', async (t) => {
  const { path, locks: [one] } = await locks(t)
  await writeFile(path, 'somebody')
  assert.equal(await one.take(), true)
})

test('a folder that cannot be written to is told of', async (t) => {
  const { folder, clock } = await locks(t)
  await assert.rejects(new FolderLock(join(folder, 'missing', 'lock'), clock).take(), { code: 'ENOENT' })
})
