import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Backend as BackendView } from '../../src/admin/wire.ts'
import type { Resolve } from '../../src/upstream/names.ts'
import { answers, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { backendsOf, startGateway } from '../helpers/gateway.ts'
import { memoryLog } from '../helpers/log.ts'
import { temporaryFolder } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'

async function call (adminUrl: string, method: string, path: string, body?: object): Promise<BackendView> {
  const headers = { 'content-type': 'application/json' }
  return JSON.parse((await send(`${adminUrl}/api${path}`, { method, ...(body && { headers, body: JSON.stringify(body) }) })).body)
}

/** A name server whose only name means, one question after the other, these addresses; the last one from then on. */
function meaning (...addresses: string[]): Resolve {
  return (_host, done) => {
    const address = (addresses.length > 1 ? addresses.shift() : addresses[0]) as string
    setImmediate(done, null, [{ address, family: 4 }])
  }
}

test('a backend that registered under a wider REGISTRY_ALLOW gets nothing after a restart with a tighter one, and says why', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const settings = { REGISTRY_FILE: join(await temporaryFolder(), 'registry.json') }
  const first = await startGateway(t, settings)
  const { id } = await call(first.adminUrl, 'POST', '/backends', { url: backend.url, name: 'shop', healthCheck: { path: '/health' } })
  await until('it to serve', async () => (await send(first.url)).status === 200)
  await first.app.close()
  const seen = backend.requests.length + backend.checks.length

  const log = memoryLog()
  const { url, adminUrl } = await startGateway(t, { ...settings, REGISTRY_ALLOW: '10.0.0.0/8' }, { logger: log.logger })
  assert.equal((await send(url)).status, 503)
  const view = await call(adminUrl, 'POST', `/backends/${id}/check`)
  assert.equal(backend.requests.length + backend.checks.length, seen)
  const why = 'address not allowed: it is not in REGISTRY_ALLOW'
  assert.deepEqual([view.state, view.inRotation, view.lastCheck?.passed, view.lastCheck?.detail], ['unhealthy', false, false, why])
  assert.deepEqual(log.lines('backend is unhealthy').map((line) => [line['backend'], line['why']]), [['shop', why]])
})

test('a backend in BACKENDS is the operator\'s word, whatever REGISTRY_ALLOW says', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const { url } = await startGateway(t, { BACKENDS: backend.url, REGISTRY_ALLOW: '10.0.0.0/8' })
  assert.equal((await send(url)).body, 'a')
})

test('a request for a name that means a forbidden address now is sent elsewhere, which speaks against nobody', async (t) => {
  const [moved, other] = [await startBackend(t, answers('moved')), await startBackend(t, answers('other'))]
  const log = memoryLog()
  const settings = { BACKENDS: `${other.url};name=other`, REGISTRY_ALLOW: '127.0.0.1', OUTLIER_FAILURES: '1' }
  // Asked when it registers, for its first check, and for each request.
  const resolve = meaning('127.0.0.1', '127.0.0.1', '127.0.0.3')
  const { url, adminUrl, app } = await startGateway(t, settings, { logger: log.logger, resolve })
  const registration = { url: `http://moved.example:${moved.port}`, name: 'moved', healthCheck: { path: '/health' } }
  const { id } = await call(adminUrl, 'POST', '/backends', registration)
  await until('its first check', async () => (await call(adminUrl, 'GET', `/backends/${id}`)).state === 'healthy')
  for (let i = 0; i < 4; i++) assert.equal((await send(url, { method: 'POST', body: 'x' })).body, 'other')
  const lines = await until('the lines', () => log.lines('request').length === 4 && log.lines('request'))
  const attempts = lines.flatMap((line) => (line['attempts'] ?? []) as Array<{ backend: string, reason?: string, party?: string }>)
  const failed = attempts.filter(({ reason }) => reason !== undefined).map(
    ({ backend, reason, party }) => `${backend}: ${reason} by the ${party}`
  )
  assert.deepEqual([...new Set(failed)], ['moved: not-allowed by the gateway'])
  assert.deepEqual(backendsOf({ app }).map(({ state }) => state), ['healthy', 'healthy'])
  assert.equal(moved.requests.length, 0)
  assert.doesNotMatch((await send(`${adminUrl}/metrics`)).body, /^evenkeel_attempt_failures_total\{/m)
})

for (const { what, portOf } of [
  { what: 'its port', portOf: (adminPort: number) => ({ urlPort: adminPort, checkPort: undefined }) },
  { what: 'the port of its check', portOf: (adminPort: number) => ({ urlPort: 4000, checkPort: adminPort }) }
]) {
  test(`a name that came to mean the gateway is not healthy by the gateway's own /livez, by ${what}`, async (t) => {
    const { adminUrl } = await startGateway(t, {}, { resolve: meaning('10.9.9.9', '127.0.0.1') })
    const { urlPort, checkPort } = portOf(Number(new URL(adminUrl).port))
    const healthCheck = { path: '/livez', ...(checkPort && { port: checkPort }) }
    const { id } = await call(adminUrl, 'POST', '/backends', { url: `http://shop.example:${urlPort}`, healthCheck })
    const view = await until('its first check', async () => {
      const backend = await call(adminUrl, 'GET', `/backends/${id}`)
      return backend.state !== 'unchecked' && backend
    })
    assert.deepEqual([view.state, view.lastCheck?.detail], ['unhealthy', 'address not allowed: it is the gateway itself'])
  })
}
