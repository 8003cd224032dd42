import assert from 'node:assert/strict'
import { lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { join } from 'node:path'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { createNames } from '../../src/upstream/names.ts'
import { answers, echoes, refusedUrl, startBackend, startRawBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { FakeClock } from '../helpers/clock.ts'
import { backendsOf, startGateway } from '../helpers/gateway.ts'
import { memoryLog } from '../helpers/log.ts'
import { passes } from '../helpers/service.ts'
import { temporaryFolder } from '../helpers/server-process.ts'
import { createPool, get } from '../helpers/upstream.ts'
import { settled, until } from '../helpers/until.ts'

function gives (...addresses: string[]): LookupFunction {
  return createNames({
    clock: systemClock,
    resolve: (_host, done) => {
      done(
        null,
        addresses.map((address) => ({ address, family: isIP(address) }))
      )
    }
  }).lookup
}

function failsWith (code: string): LookupFunction {
  return createNames({
    clock: systemClock,
    resolve: (_host, done) => {
      setImmediate(done, Object.assign(new Error(code), { code }), [])
    }
  }).lookup
}

test('the time to connect includes that of the lookup', async (t) => {
  const { pool, clock } = createPool(t, 'http://slow.test', { lookup: () => {}, connectTimeoutMs: 500 })
  const answer = get(pool.take())
  clock.advance(499)
  assert.equal(pool.openCount, 1)
  clock.advance(1)
  assert.equal(await answer, 'connect-timeout')
  assert.equal(pool.openCount, 0)
})

test('an address that comes after the time to connect is not connected to', async (t) => {
  const { url, sockets } = await startRawBackend(t, () => {})
  let find = (): void => {}
  const lookup: LookupFunction = (_host, _options, done) => { find = () => { done(null, [{ address: '127.0.0.1', family: 4 }]) } }
  const { pool, clock } = createPool(t, url.replace('127.0.0.1', 'slow.test'), { lookup, connectTimeoutMs: 500 })
  const answer = get(pool.take())
  clock.advance(500)
  assert.equal(await answer, 'connect-timeout')
  find()
  await settled()
  const { pool: other } = createPool(t, url)
  void get(other.take())
  await until('the backend to have a connection', () => sockets.length > 0)
  assert.equal(sockets.length, 1)
})

test('it includes that of the TLS handshake', async (t) => {
  const silent = await startRawBackend(t, () => {})
  const { pool, clock } = createPool(t, silent.url.replace('http:', 'https:'), { connectTimeoutMs: 500 })
  const answer = get(pool.take())
  await until('the handshake to begin', () => silent.sockets.length === 1)
  clock.advance(500)
  assert.equal(await answer, 'connect-timeout')
  await until('the connection to be closed', () => silent.sockets[0]?.resume().readableEnded)
})

test('once there is a connection, the time to connect is over', async (t) => {
  let held: ServerResponse | undefined
  const backend = await startBackend(t, (_req, res) => { held = res })
  const { pool, clock } = createPool(t, backend.url, { connectTimeoutMs: 500 })
  const answer = get(pool.take())
  const res = await until('the request', () => held)
  clock.advance(501)
  res.end('a')
  assert.equal(await answer, '200 a')
})

for (const method of ['GET', 'POST']) {
  test(`a ${method} whose backend takes longer than CONNECT_TIMEOUT_MS is answered by the next`, async (t) => {
    const silent = await startRawBackend(t, () => {})
    const backend = await startBackend(t, echoes)
    const log = memoryLog()
    const clock = new FakeClock()
    const settings = { CONNECT_TIMEOUT_MS: '1700', HEALTH_CHECK_TIMEOUT_MS: '500', HEALTH_CHECK_RISE: '1' }
    const BACKENDS = `${silent.url.replace('http:', 'https:')};name=silent,${backend.url};name=b`
    const starting = startGateway(t, { BACKENDS, ...settings }, { logger: log.logger, clock })
    await clock.letPass(500)
    const { url, app } = await starting
    passes(app.services.default, ...backendsOf({ app }))
    const answer = send(url, { method, headers: { 'content-length': '5' }, body: 'hello' })
    await clock.letPass(1700)
    const { status, body } = await answer
    assert.deepEqual([status, body], [200, 'hello'])
    const line = await until('the line', () => log.lines('request')[0])
    const attempts = line['attempts'] as Array<{ backend: string, reason?: string }>
    assert.deepEqual(attempts.map(({ backend, reason }) => [backend, reason]), [['silent', 'connect-timeout'], ['b', undefined]])
  })
}

for (const [what, url, lookup, expected] of [
  ['a port at which nobody listens', refusedUrl, systemLookup, 'refused ECONNREFUSED'],
  ['a name with several addresses that all refuse', namedRefusedUrl, gives('127.0.0.1', '::1'), 'refused ECONNREFUSED'],
  ['a name that there is not', () => 'http://nowhere.test', failsWith('ENOTFOUND'), 'unreachable ENOTFOUND'],
  ['a name whose server does not answer', () => 'http://nowhere.test', failsWith('EAI_AGAIN'), 'unreachable EAI_AGAIN'],
  ['a name without an address', () => 'http://nowhere.test', gives(), 'unreachable'],
  ['a https: port of such a name', () => 'https://nowhere.test', failsWith('ENOTFOUND'), 'unreachable ENOTFOUND']
] as const) {
  test(`${what} is "${expected}"`, async (t) => {
    const { pool, clock } = createPool(t, await url(), { lookup })
    assert.equal(await get(pool.take()), expected)
    assert.equal(pool.openCount, 0)
    assert.equal(clock.nextInMs(), undefined, 'no timer is left')
  })
}

test('a socket file that there is not is "refused"', async (t) => {
  const { pool } = createPool(t, `unix:${join(await temporaryFolder(), 'none.sock')}`)
  assert.equal(await get(pool.take()), 'refused ENOENT')
})

test('of several addresses one that refuses is passed over', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const { pool } = createPool(t, `http://several.test:${backend.port}`, { lookup: gives('::1', '127.0.0.1') })
  const connection = pool.take()
  assert.equal(await get(connection), '200 a')
  assert.equal(await get(connection), '200 a')
})

for (const [what, cut, expected] of [
  ['ends', 'end', 'closed'],
  ['resets', 'resetAndDestroy', 'reset ECONNRESET']
] as const) {
  test(`a backend that ${what} the connection during the TLS handshake is "${expected}"`, async (t) => {
    const { url } = await startRawBackend(t, (socket) => { socket.once('data', () => { socket[cut]() }) })
    const { pool } = createPool(t, url.replace('http:', 'https:'))
    assert.equal(await get(pool.take()), expected)
    assert.equal(pool.openCount, 0)
  })
}

async function namedRefusedUrl (): Promise<string> {
  return (await refusedUrl()).replace('127.0.0.1', 'several.test')
}
