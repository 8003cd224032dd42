import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { newEntry } from '../../src/registry/store.ts'
import { startAnnouncing } from '../helpers/announcing.ts'
import { answers, startBackend } from '../helpers/backend.ts'
import { FakeClock } from '../helpers/clock.ts'
import { memoryLog } from '../helpers/log.ts'
import { temporaryFolder } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'

const routes = ['GET shop.test/search', { path: '/suggest', header: { 'x-version': '2' }, stripPrefix: true }]

test('announced routes are in force after a restart, before any check has passed', async (t) => {
  const REGISTRY_FILE = join(await temporaryFolder(), 'registry.json')
  let isWell = true
  const a = await startBackend(t, answers('a'), () => isWell)
  const first = await startAnnouncing(t, { REGISTRY_FILE })
  const { body: { id } } = await first.api('POST', '/backends', { url: a.url, name: 'a', service: 'search', ttlMs: 60_000, routes })
  await until('the first check', () => first.announced().length === 2)
  await first.app.close()

  isWell = false
  const second = await startAnnouncing(t, { REGISTRY_FILE })
  assert.deepEqual(second.announced(), ['search GET shop.test/search > a', 'search /suggest, header x-version: 2 > a'])
  assert.deepEqual(second.app.announcedRoutes.list().map(({ replacePrefix }) => replacePrefix), [undefined, '/'])
  assert.deepEqual(second.app.services.find(id)?.service, 'search')
})

test('orphaned routes outlive a restart, and go when their time has come', async (t) => {
  const REGISTRY_FILE = join(await temporaryFolder(), 'registry.json')
  const a = await startBackend(t, answers('a'))
  const first = await startAnnouncing(t, { REGISTRY_FILE, ROUTE_GRACE_MS: '60000' })
  const { body: { id } } = await first.api('POST', '/backends', { url: a.url, service: 'search', routes: ['/a'] })
  await until('the first check', () => first.announced().length === 1)
  await first.api('DELETE', `/backends/${id}`)
  const { version, registered, routes: kept } = JSON.parse(await readFile(REGISTRY_FILE, 'utf8'))
  assert.deepEqual([version, registered, kept], [2, [], [{ service: 'search', route: { path: '/a' }, endsAt: 60_000 }]])
  await first.app.close()

  const clock = new FakeClock()
  clock.advance(40_000)
  const second = await startAnnouncing(t, { REGISTRY_FILE, ROUTE_GRACE_MS: '60000' }, { clock })
  assert.deepEqual(second.announced(), ['search /a > orphaned'])
  clock.advance(20_000)
  assert.deepEqual(second.announced(), [])
  await until('the file', async () => JSON.parse(await readFile(REGISTRY_FILE, 'utf8')).version === 1)
})

test('a route in the file that cannot be one is left out alone, and told of', async (t) => {
  const REGISTRY_FILE = join(await temporaryFolder(), 'registry.json')
  const backend = { url: 'http://127.0.0.1:1', service: 's', name: 'a', weight: 1, routes: [{ path: 'x' }, { path: '/fine' }] }
  await writeFile(REGISTRY_FILE, JSON.stringify({ version: 2, registered: [backend], configured: [], routes: [], discovered: [] }))
  const log = memoryLog()
  const { announced } = await startAnnouncing(t, { REGISTRY_FILE }, { logger: log.logger })
  assert.deepEqual(announced(), ['s /fine > a'])
  const told = log.lines().filter(({ msg }) => msg === 'REGISTRY_FILE has a route that is not valid and is left out')
  assert.deepEqual(told.map(({ level, why }) => [level, why]), [[40, 'route/path "x" does not begin with "/"']])
})

test('a file of the first version is read as the service default, and stays one while nothing needs more', async (t) => {
  const REGISTRY_FILE = join(await temporaryFolder(), 'registry.json')
  const a = await startBackend(t, answers('a'))
  const registered = [{ url: a.url, name: 'a', weight: 3 }]
  await writeFile(REGISTRY_FILE, JSON.stringify({ version: 1, registered, configured: [] }))
  const { app, api } = await startAnnouncing(t, { REGISTRY_FILE })
  const [backend] = app.services.default.backends()
  assert.deepEqual([backend?.name, backend?.weight], ['a', 3])
  await api('PATCH', `/backends/${backend?.id}`, { weight: 4 })
  const text = await readFile(REGISTRY_FILE, 'utf8')
  assert.deepEqual(JSON.parse(text), { version: 1, registered: [{ ...registered[0], weight: 4 }], configured: [] })
})

test('a file of a later version is refused with its number', async (t) => {
  const REGISTRY_FILE = join(await temporaryFolder(), 'registry.json')
  await writeFile(REGISTRY_FILE, JSON.stringify({ version: 3, registered: [], configured: [] }))
  await assert.rejects(startAnnouncing(t, { REGISTRY_FILE }), /its version is 3, and this gateway reads 1 and 2;/)
})

test('what DNS said is kept, and handed to the discovery of its service once', async (t) => {
  const REGISTRY_FILE = join(await temporaryFolder(), 'registry.json')
  const first = await startAnnouncing(t, { REGISTRY_FILE })
  first.app.registry.put(newEntry({ url: 'http://127.0.0.1:2', name: 'x', weight: 2, isBackup: true }, 'dns', 'api'), 'discovered')
  await first.app.saveRegistry()
  await first.app.close()
  const second = await startAnnouncing(t, { REGISTRY_FILE })
  assert.deepEqual(second.app.registry.snapshot(), [])
  await second.app.saveRegistry()
  assert.equal(JSON.parse(await readFile(REGISTRY_FILE, 'utf8')).discovered.length, 1)
  assert.deepEqual(second.app.takeDiscovered('api'), [{ url: 'http://127.0.0.1:2', name: 'x', weight: 2, isBackup: true }])
  assert.deepEqual(second.app.takeDiscovered('api'), [])
})

test('what a configured backend announces is kept with the decisions about it', async (t) => {
  const REGISTRY_FILE = join(await temporaryFolder(), 'registry.json')
  const a = await startBackend(t, answers('a'))
  const settings = { REGISTRY_FILE, BACKENDS: `${a.url};name=a` }
  const first = await startAnnouncing(t, settings)
  await first.api('POST', '/backends', { url: a.url, name: 'a', service: 'default', instance: 'instance-1', ttlMs: 60_000, routes: ['/a'] })
  await until('the first check', () => first.announced().length === 1)
  await first.app.close()
  assert.deepEqual((await startAnnouncing(t, settings)).announced(), ['default /a > a'])
})
