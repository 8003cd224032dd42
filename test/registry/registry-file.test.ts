import assert from 'node:assert/strict'
import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createApp } from '../../src/app.ts'
import { answers, startBackend } from '../helpers/backend.ts'
import { callApi, send } from '../helpers/client.ts'
import { backendsOf, startGateway } from '../helpers/gateway.ts'
import { memoryLog } from '../helpers/log.ts'
import { temporaryFolder } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'

async function fileIn (): Promise<string> {
  return join(await temporaryFolder(), 'data', 'registry.json')
}

const call = async (...asked: Parameters<typeof callApi>): Promise<number> => (await callApi(...asked)).status

test('registered backends and decisions are back after a restart, with a fresh lease and a check before traffic', async (t) => {
  const file = await fileIn()
  const [a, b] = [await startBackend(t, answers('a')), await startBackend(t, answers('b'))]
  const settings = { BACKENDS: `${b.url};name=b`, REGISTRY_FILE: file }
  const first = await startGateway(t, settings)
  assert.equal(
    await call(first.adminUrl, 'POST', '/backends', {
      url: a.url,
      name: 'a',
      weight: 4,
      zone: 'eu',
      backup: true,
      ttlMs: 60_000,
      healthCheck: { path: '/health', status: '200' }
    }),
    201
  )
  const id = backendsOf(first)[0]?.id
  assert.equal(await call(first.adminUrl, 'PATCH', `/backends/${id}`, { desiredState: 'maintenance', weight: 9 }), 200)
  await first.app.close()

  const second = await startGateway(t, settings)
  const list = JSON.parse((await send(`${second.adminUrl}/api/backends`)).body)
  assert.deepEqual(
    list.map(
      ({
        name,
        weight,
        zone,
        backup,
        source,
        state,
        healthCheck,
        lease
      }: Record<string, unknown> & { lease: { ttlMs: number } | null }) => ({
        name,
        weight,
        zone,
        backup,
        source,
        state,
        healthCheck,
        ttlMs: lease?.ttlMs
      })
    ),
    [
      { name: 'b', weight: 9, zone: null, backup: false, source: 'configured', state: 'maintenance', healthCheck: {}, ttlMs: undefined },
      {
        name: 'a',
        weight: 4,
        zone: 'eu',
        backup: true,
        source: 'registered',
        state: 'healthy',
        healthCheck: { path: '/health', status: '200' },
        ttlMs: 60_000
      }
    ]
  )
  assert.ok(a.checks.length >= 2)
})

test('what was deleted stays away', async (t) => {
  const file = await fileIn()
  const a = await startBackend(t, answers('a'))
  const { adminUrl, app } = await startGateway(t, { REGISTRY_FILE: file })
  await call(adminUrl, 'POST', '/backends', { url: a.url })
  const id = backendsOf({ app })[0]?.id
  await send(`${adminUrl}/api/backends/${id}`, { method: 'DELETE' })
  assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), { version: 1, registered: [], configured: [] })
  await app.close()
  const again = await startGateway(t, { REGISTRY_FILE: file })
  assert.deepEqual(backendsOf(again), [])
})

test('what an operator has taken back is no decision any more: after a restart it is as BACKENDS has it by then', async (t) => {
  const file = await fileIn()
  const a = await startBackend(t, answers('a'))
  const first = await startGateway(t, { BACKENDS: `${a.url};weight=2`, REGISTRY_FILE: file })
  const id = backendsOf(first)[0]?.id
  assert.equal(await call(first.adminUrl, 'PATCH', `/backends/${id}`, { desiredState: 'maintenance', weight: 9 }), 200)
  assert.deepEqual(JSON.parse(await readFile(file, 'utf8')).configured, [{ url: a.url, weight: 9, state: 'maintenance' }])
  assert.equal(await call(first.adminUrl, 'PATCH', `/backends/${id}`, { desiredState: 'ready', weight: 2 }), 200)
  assert.deepEqual(JSON.parse(await readFile(file, 'utf8')).configured, [])
  await first.app.close()
  const { app } = await startGateway(t, { BACKENDS: `${a.url};weight=3`, REGISTRY_FILE: file })
  assert.deepEqual(backendsOf({ app }).map(({ state, weight }) => [state, weight]), [['healthy', 3]])
})

for (const [what, text] of [
  ['no JSON', '{"version":1,"registered":['],
  ['empty', ''],
  ['of another version', '{"version":3,"registered":[],"configured":[]}'],
  ['with a backend that cannot be one', '{"version":1,"registered":[{"url":"ftp://x","name":"x","weight":1}],"configured":[]}'],
  ['with a weight that cannot be one', '{"version":1,"registered":[{"url":"http://x","name":"x","weight":-1}],"configured":[]}']
] as const) {
  test(`a file that is ${what} stops the start with a line that names it, and stays as it is`, async () => {
    const file = join(await temporaryFolder(), 'registry.json')
    await writeFile(file, text)
    await assert.rejects(createApp({ env: { NODE_ENV: 'production', REGISTRY_FILE: file } }), (error: Error) => {
      assert.equal(error.name, 'SettingError')
      assert.ok(error.message.startsWith(`REGISTRY_FILE=${file} is not valid: `), error.message)
      return true
    })
    assert.equal(await readFile(file, 'utf8'), text)
  })
}

for (const [what, make, message] of [
  ['a folder', (path: string) => mkdir(path), /it cannot be read: EISDIR/],
  ['a link to itself', (path: string) => symlink(path, path), /it cannot be read: too many symbolic links/]
] as const) {
  test(`${what} in its place stops the start with a line that says so`, async () => {
    const file = join(await temporaryFolder(), 'registry.json')
    await make(file)
    await assert.rejects(createApp({ env: { NODE_ENV: 'production', REGISTRY_FILE: file } }), { name: 'SettingError', message })
  })
}

test('a file that another gateway writes too is told of in the log, but not at every write, and counted', async (t) => {
  const file = await fileIn()
  const log = memoryLog()
  const one = await startGateway(t, { REGISTRY_FILE: file }, { logger: log.logger })
  const other = await startGateway(t, { REGISTRY_FILE: file })
  for (let i = 0; i < 3; i++) {
    const backend = { url: `http://127.0.0.1:${20_000 + i}` }
    for (const { adminUrl } of [one, other]) assert.equal(await call(adminUrl, 'POST', '/backends', backend), 201)
  }
  const told = log.lines().filter(({ msg }) => msg.startsWith('REGISTRY_FILE was changed by another process'))
  assert.deepEqual(told.map(({ level, file: path }) => [level, path]), [[40, file]])
  assert.match((await send(`${one.adminUrl}/metrics`)).body, /^evenkeel_registry_file_conflicts_total 2$/m)
  assert.match((await send(`${other.adminUrl}/metrics`)).body, /^evenkeel_registry_file_conflicts_total 3$/m)
})

test('when the file cannot be written the change holds, and the answer says that it will not last', async (t) => {
  const folder = await temporaryFolder()
  const { adminUrl, app } = await startGateway(t, { REGISTRY_FILE: join(folder, 'data', 'registry.json') })
  await writeFile(join(folder, 'data'), 'a file where a folder should be')
  assert.equal(await call(adminUrl, 'POST', '/backends', { url: 'http://127.0.0.1:1' }), 507)
  assert.equal(backendsOf({ app }).length, 1)
})

test('many changes at once end in a whole file without leftovers', async (t) => {
  const file = await fileIn()
  const { adminUrl, app } = await startGateway(t, { REGISTRY_FILE: file })
  await Promise.all(Array.from({ length: 50 }, (_, i) => call(adminUrl, 'POST', '/backends', { url: `http://127.0.0.1:${20_000 + i}` })))
  assert.equal(JSON.parse(await readFile(file, 'utf8')).registered.length, 50)
  await until('the file to be settled', async () => (await readdir(join(file, '..'))).length === 1)
  assert.equal(backendsOf({ app }).length, 50)
})

test('a registry that was given away refuses changes, takes heartbeats and leaves the file alone, until it is taken back', async (t) => {
  const file = await fileIn()
  const [a, b] = [await startBackend(t, answers('a')), await startBackend(t, answers('b'))]
  const gateway = await startGateway(t, { BACKENDS: '', REGISTRY_FILE: file })
  const { app, adminUrl } = gateway
  await call(adminUrl, 'POST', '/backends', { url: a.url })
  const written = await readFile(file, 'utf8')
  const given = await app.registryBequest.give()
  assert.deepEqual(given, JSON.parse(written))

  const path = `/backends/${backendsOf(gateway)[0]?.id}`
  const refused = await send(`${adminUrl}/api/backends`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ url: b.url })
  })
  assert.deepEqual([refused.status, refused.headers['retry-after']], [503, '1'])
  assert.equal(JSON.parse(refused.body).code, 'EVENKEEL_BEING_REPLACED')
  assert.equal(await call(adminUrl, 'PATCH', path, { weight: 2 }), 503)
  assert.equal((await send(`${adminUrl}/api${path}`, { method: 'DELETE' })).status, 503)
  assert.equal((await send(`${adminUrl}/api${path}/lease`, { method: 'PUT' })).status, 200)
  app.registrations.change(backendsOf(gateway)[0]?.id ?? '', { weight: 3 })
  await app.saveRegistry()
  assert.equal(await readFile(file, 'utf8'), written)

  app.registryBequest.takeBack()
  assert.equal(await call(adminUrl, 'POST', '/backends', { url: b.url }), 201)
  assert.deepEqual(JSON.parse(await readFile(file, 'utf8')).registered.map(({ weight }: { weight: number }) => weight), [3, 1])
})
