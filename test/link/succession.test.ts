import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { Predecessor } from '../../src/link/predecessor.ts'
import { FakeClock } from '../helpers/clock.ts'
import { fail, startLinked, stateOf, type LinkedWorker } from '../helpers/linked-services.ts'
import { temporaryFolder } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'

test('a control inherits the registry, what is ejected and what was counted, and at the end what was counted after that', async (t) => {
  const linked = await startLinked(['a', 'b'])
  t.after(linked.close)
  fail(linked.workers[0] as LinkedWorker, 'a', 5)
  await until('a is ejected', () => stateOf(linked.control, 'a') === 'ejected')
  const predecessor = await Predecessor.ask(linked.path, '1', linked.clock)
  const { registry, ejected, report } = predecessor?.inheritance ?? {}
  assert.deepEqual([registry, report], [{ version: 1 }, { requests: 1 }])
  assert.deepEqual(ejected?.map(({ id, ejection: { state } }) => [id, state]), [[linked.control.services.backends()[0]?.id, 'ejected']])
  const reports: unknown[] = []
  Object.assign(predecessor as Predecessor, { onReport: (last: unknown) => { reports.push(last) } })
  await linked.control.hub.close()
  await until('the last report', () => reports.length === 1)
  assert.deepEqual([reports, linked.succession], [[{ requests: 1 }], ['given']])

  const next = linked.startControl()
  t.after(() => next.hub.close())
  for (const news of ejected ?? []) next.hub.adopt(news)
  assert.equal(stateOf(next, 'a'), 'ejected')
})

test('one that ends before it is ready leaves everything to the other', async (t) => {
  const linked = await startLinked(['a'])
  t.after(linked.close)
  const predecessor = await Predecessor.ask(linked.path, '1', linked.clock)
  predecessor?.leave()
  await until('the registry is taken back', () => linked.succession.length === 2)
  assert.deepEqual([linked.succession, linked.thrown], [['given', 'taken back'], []])
})

test('of two that want to take the place of a control, the last one does', async (t) => {
  const linked = await startLinked(['a'])
  t.after(linked.close)
  await Predecessor.ask(linked.path, '1', linked.clock)
  const second = await Predecessor.ask(linked.path, '1', linked.clock)
  let last: unknown
  Object.assign(second as Predecessor, { onReport: (report: unknown) => { last = report } })
  await linked.control.hub.close()
  await until('the last report', () => last !== undefined)
  assert.deepEqual(linked.succession, ['given', 'given'])
})

test('what is ejected is told only to a control of the same version, as others may mean something else by it', async (t) => {
  const linked = await startLinked(['a', 'b'])
  t.after(linked.close)
  fail(linked.workers[0] as LinkedWorker, 'a', 5)
  await until('a is ejected', () => stateOf(linked.control, 'a') === 'ejected')
  assert.deepEqual((await Predecessor.ask(linked.path, '2', linked.clock))?.inheritance.ejected, [])
})

test('a control that is not there, or does not answer for 5 s, leaves nothing', async (t) => {
  const clock = new FakeClock()
  const folder = await temporaryFolder()
  assert.equal(await Predecessor.ask(join(folder, 'nobody'), '1', clock), undefined)
  const silent = createServer(() => {})
  t.after(() => silent.close())
  silent.listen(join(folder, 'silent'))
  await once(silent, 'listening')
  const asked = Predecessor.ask(join(folder, 'silent'), '1', clock)
  await once(silent, 'connection')
  clock.advance(5000)
  assert.equal(await asked, undefined)
})
