import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createTlsServer } from 'node:https'
import { isIP, type LookupFunction, type Socket } from 'node:net'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import type { StatedEnds } from '../../src/proxy-protocol/ends.ts'
import { writeHeader } from '../../src/proxy-protocol/writer.ts'
import { createNames } from '../../src/upstream/names.ts'
import { refusedUrl, startRawBackend } from '../helpers/backend.ts'
import { caCertificate, signed, untrusted } from '../helpers/certificate.ts'
import { startProxiedBackend } from '../helpers/proxied-backend.ts'
import { createPool, get } from '../helpers/upstream.ts'
import { until } from '../helpers/until.ts'

const ends: StatedEnds = {
  family: 'IPv4', sourceAddress: '192.0.2.7', sourcePort: 40_000, destinationAddress: '198.51.100.1', destinationPort: 443
}
const header = writeHeader('v2', ends)
const tls = { ca: caCertificate, serverName: 'localhost' }

/** A name whose addresses are tried one after the other. */
function gives (...addresses: string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }))
  return createNames({ clock: systemClock, resolve: (_host, done) => { done(null, found) } }).lookup
}

/** The same url by TLS, or under another name. */
const secure = (url: string): string => url.replace('http:', 'https:')
const named = (url: string): string => url.replace('127.0.0.1', 'shop.test')

for (const isByTls of [false, true]) {
  const by = isByTls ? 'TLS' : 'TCP'
  const options = isByTls ? { server: createTlsServer(signed) } : {}

  test(`a connection by ${by} begins with its header, whichever address of the name takes it`, async (t) => {
    const backend = await startProxiedBackend(t, options)
    const url = named(isByTls ? secure(backend.url) : backend.url)
    // Nobody listens at the first two.
    const { pool } = createPool(t, url, { tls, lookup: gives('127.0.0.9', '::1', '127.0.0.1') })
    for (let i = 0; i < 3; i++) assert.equal(await get(pool.takeFresh(header)), '200 hello')
    assert.deepEqual(backend.stated(), [ends, ends, ends])
    assert.deepEqual(backend.malformed, [])
  })

  test(`a backend by ${by} that closes when it has the header has failed, and so has one that resets`, async (t) => {
    for (const [end, expected] of [['end', /^closed|^reset/], ['resetAndDestroy', /^reset/]] as const) {
      const { url } = await startRawBackend(t, (socket) => { socket.once('data', () => { socket[end]() }) })
      const { pool } = createPool(t, isByTls ? secure(url) : url, { tls })
      assert.match(await get(pool.takeFresh(header)), expected)
      await until('the connection to be gone', () => pool.openCount === 0)
    }
  })

  test(`a backend by ${by} that refuses, and one that is not allowed, fail as without a header`, async (t) => {
    const url = await refusedUrl()
    const { pool } = createPool(t, isByTls ? secure(url) : url, { tls })
    assert.equal(await get(pool.takeFresh(header)), 'refused ECONNREFUSED')
    const { pool: nowhere } = createPool(t, isByTls ? 'https://nowhere.test' : 'http://nowhere.test', { lookup: gives() })
    assert.equal(await get(nowhere.takeFresh(header)), 'unreachable')
    const backend = await startProxiedBackend(t)
    for (const each of [backend.url, named(backend.url)]) {
      const settings = { lookup: gives('127.0.0.1'), guard: () => 'it is not listed' }
      const { pool: guarded } = createPool(t, isByTls ? secure(each) : each, settings)
      assert.equal(await get(guarded.takeFresh(header)), 'not-allowed it is not listed')
    }
    assert.deepEqual([backend.connections.length, backend.malformed], [0, []])
  })
}

test('the time to connect includes the TLS handshake behind a header', async (t) => {
  const { url, sockets } = await startRawBackend(t, () => {})
  const { pool, clock } = createPool(t, secure(url), { connectTimeoutMs: 500 })
  const answer = get(pool.takeFresh(header))
  const [bytes] = await once(await until('the connection', () => sockets[0]), 'data') as [Buffer]
  assert.deepEqual(bytes.subarray(0, header.length), header)
  clock.advance(500)
  assert.equal(await answer, 'connect-timeout')
  await until('the connection to be closed', () => sockets[0]?.resume().readableEnded)
  assert.equal(pool.openCount, 0)
})

test('a certificate is verified behind a header as without one', async (t) => {
  const backend = await startProxiedBackend(t, { server: createTlsServer(untrusted) })
  const { pool } = createPool(t, secure(backend.url), { tls })
  assert.equal(await get(pool.takeFresh(header)), 'tls DEPTH_ZERO_SELF_SIGNED_CERT')
  const { pool: lenient } = createPool(t, secure(backend.url), { tls: { verify: false } })
  assert.equal(await get(lenient.takeFresh(header)), '200 hello')
  const { url } = await startRawBackend(t, (socket: Socket) => { socket.once('data', () => { socket.write('SSH-2.0-OpenSSH\r\n') }) })
  const { pool: other } = createPool(t, secure(url), { tls })
  assert.match(await get(other.takeFresh(header)), /^tls /)
})

test('a connection that is given up while it is made, or while it shakes hands, is closed', async (t) => {
  const { url, sockets } = await startRawBackend(t, () => {})
  const { pool } = createPool(t, secure(url))
  void get(pool.takeFresh(header))
  pool.close()
  const connection = pool.takeFresh(header)
  void get(connection)
  await until('its header', () => sockets.at(-1) !== undefined && (sockets.at(-1) as Socket).readableLength > 0)
  connection.destroy()
  await until('its end', () => sockets.every((socket) => socket.resume().readableEnded))
  assert.equal(pool.openCount, 0)
})
