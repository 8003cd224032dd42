import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { caCertificate, signedForAnother, untrusted } from '../../helpers/certificate.ts'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { startMirror, startRawBackend } from '../../helpers/backend.ts'
import { send } from '../../helpers/client.ts'
import { FakeClock } from '../../helpers/clock.ts'
import { buildApp, startGateway } from '../../helpers/gateway.ts'
import { memoryLog } from '../../helpers/log.ts'
import { connectTls, exchange, startTlsGateway, writePair } from '../../helpers/tls.ts'
import { until } from '../../helpers/until.ts'

const get = 'GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'

function serial (socket: TLSSocket): string {
  return socket.getPeerCertificate().serialNumber
}

test('a backend and the owner\'s hooks are told that a client came by TLS', async (t) => {
  const seen: unknown[] = []
  const { tlsPort } = await startTlsGateway(t, { BACKENDS: await startMirror(t) }, {
    plugins: [fp(async (app: FastifyInstance) => {
      app.addHook('onRequest', async ({ protocol, raw }) => { seen.push(protocol, (raw.socket as TLSSocket).encrypted) })
    })]
  })
  const answer = await exchange(await connectTls(t, tlsPort, { servername: 'localhost' }), get)
  assert.match(answer, new RegExp(`X-Forwarded-Proto: https\\r\\nX-Forwarded-Port: ${tlsPort}\\r\\n`))
  assert.deepEqual(seen, ['https', true])
})

test('a certificate is verified by a client that trusts its CA', async (t) => {
  const { tlsPort } = await startTlsGateway(t, {})
  const socket = await connectTls(t, tlsPort, { servername: 'localhost', ca: caCertificate, rejectUnauthorized: true })
  assert.equal(socket.authorized, true)
})

test('a pair that is replaced is taken, and no connection is lost', async (t) => {
  const clock = new FakeClock()
  const { app, tlsPort, folder } = await startTlsGateway(t, { BACKENDS: await startMirror(t) }, { clock })
  const before = await connectTls(t, tlsPort, { servername: 'localhost' })
  writePair(folder, 'here', untrusted)
  await until('the new one', () => {
    clock.advance(1000)
    return app.tls?.certificates.choose('localhost')?.expiresAt === Date.parse('2126-10-30T05:16:48Z')
  })
  const after = await connectTls(t, tlsPort, { servername: 'localhost' })
  assert.notEqual(serial(after), serial(before))
  assert.match(await exchange(before, get), /^HTTP\/1\.1 200/)
})

test('a pair that does not match, or is gone by half, leaves the old one in force, and is said once', async (t) => {
  const { lines, logger } = memoryLog()
  const { app, tlsPort, folder } = await startTlsGateway(t, {}, { logger })
  writeFileSync(join(folder, 'here.crt'), untrusted.cert)
  for (let i = 0; i < 3; i++) await app.tls?.reload()
  const refused = () => lines().filter(({ msg }) => msg.startsWith('certificate refused'))
  assert.deepEqual(refused().map(({ certificate, problem }) => [certificate, /does not match/.test(String(problem))]), [['here', true]])
  rmSync(join(folder, 'here.key'))
  for (let i = 0; i < 3; i++) await app.tls?.reload()
  assert.equal(refused().length, 2)
  assert.equal(serial(await connectTls(t, tlsPort, { servername: 'localhost' })), '02')
  writePair(folder, 'here', untrusted)
  await app.tls?.reload()
  assert.notEqual(serial(await connectTls(t, tlsPort, { servername: 'localhost' })), '02')
})

test('a pair that is taken away is served no more, and a new one is', async (t) => {
  const { app, tlsPort, folder } = await startTlsGateway(t, {})
  for (const end of ['crt', 'key']) rmSync(join(folder, `elsewhere.${end}`))
  await app.tls?.reload()
  await assert.rejects(connectTls(t, tlsPort, { servername: 'elsewhere.test' }))
  writePair(folder, 'again', signedForAnother)
  await app.tls?.reload()
  await connectTls(t, tlsPort, { servername: 'elsewhere.test' })
})

test('an upgraded connection passes bytes both ways over TLS', async (t) => {
  const { url } = await startRawBackend(t, (socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
      socket.on('data', (bytes) => { socket.write(bytes) })
    })
  })
  const { tlsPort, app } = await startTlsGateway(t, { BACKENDS: `${url};check=tcp` })
  const socket = await connectTls(t, tlsPort, { servername: 'localhost' })
  let heard = ''
  socket.on('data', (bytes) => { heard += String(bytes) })
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
  await until('the upgrade', () => heard.includes('\r\n\r\n'))
  assert.match(heard, /^HTTP\/1\.1 101/)
  socket.write('over and back')
  await until('the echo', () => heard.endsWith('over and back'))
  assert.equal(app.listener.tunnels, 1)
  const closed = once(socket, 'close')
  socket.end()
  await closed
})

test('a default certificate is for clients that ask for no name or an unknown one', async (t) => {
  const { tlsPort } = await startTlsGateway(t, { TLS_DEFAULT_CERTIFICATE: 'elsewhere' })
  for (const servername of ['', 'unknown.test']) {
    const socket = await connectTls(t, tlsPort, { servername })
    assert.equal(socket.getPeerCertificate().subject.CN, 'elsewhere.test')
  }
})

test('metrics tell when certificates expire and which handshakes have failed', async (t) => {
  const { tlsPort, adminUrl, app } = await startTlsGateway(t, {})
  await assert.rejects(connectTls(t, tlsPort, { servername: 'unknown.test' }))
  await until('the count', () => app.tls?.server.failures.size === 1)
  const text = await (await fetch(`${adminUrl}/metrics`)).text()
  assert.match(text, /^evenkeel_tls_certificate_expires_timestamp_seconds\{name="here"\} 4733510400$/m)
  assert.match(text, /^evenkeel_tls_handshake_failures_total\{reason="unknown-server-name"\} 1$/m)
})

test('a session is resumed at another gateway with the same secret, and at none without', async (t) => {
  const settings = { TLS_TICKET_SECRET: 'a secret of more than 16' }
  const [one, two, other] = await Promise.all([startTlsGateway(t, settings), startTlsGateway(t, settings), startTlsGateway(t, {})])
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const first = await connectTls(t, one.tlsPort, { servername: 'localhost', maxVersion })
    const [session] = first.getSession() !== undefined && maxVersion === 'TLSv1.2' ? [first.getSession()] : await once(first, 'session')
    const resumed = async (port: number) =>
      (await connectTls(t, port, { servername: 'localhost', maxVersion, session: session as Buffer })).isSessionReused()
    assert.deepEqual([await resumed(two.tlsPort), await resumed(other.tlsPort)], [true, false], maxVersion)
  }
})

test('a start in development without a certificate makes one for localhost, and says so', async (t) => {
  const { lines, logger } = memoryLog()
  const { app: { tls } } = await startGateway(t, { NODE_ENV: '', TLS_PORT: '0', BACKENDS: await startMirror(t) }, { logger })
  await tls?.listen('127.0.0.1')
  const { port } = tls?.server.address() as AddressInfo
  assert.match(await exchange(await connectTls(t, port, { servername: 'localhost' }), get), /^HTTP\/1\.1 200/)
  assert.ok(lines().some(({ msg }) => msg.includes('self-signed')))
})

test('plain HTTP is redirected with TLS_REDIRECT, and what came by TLS is not', async (t) => {
  const { url, tlsPort } = await startTlsGateway(t, { TLS_REDIRECT: 'true', BACKENDS: await startMirror(t) })
  const { status, headers } = await send(`${url}/a?b=c`, { method: 'POST', headers: { host: 'shop.example:8080' } })
  assert.deepEqual([status, headers.location], [308, 'https://shop.example/a?b=c'])
  assert.match(await exchange(await connectTls(t, tlsPort, { servername: 'localhost' }), get), /^HTTP\/1\.1 200/)
})

for (const [what, settings, problem] of [
  ['a folder that is not there', { TLS_CERTIFICATES: '/nowhere' }, /TLS_CERTIFICATES=\/nowhere is not valid: .*ENOENT/],
  ['a list that is none', { TLS_CERTIFICATES: 'a:b:c' }, /expected a folder, or pairs/],
  ['a port that is none', { TLS_PORT: '65536' }, /TLS_PORT=65536 is not valid/],
  ['no certificate in production', { NODE_ENV: 'production' }, /TLS_CERTIFICATES=certificates is not valid/]
] as const) {
  test(`${what} stops the start with one line`, async (t) => {
    await assert.rejects(buildApp(t, { TLS_PORT: '0', ...settings }), problem)
  })
}

test('an unknown default certificate stops the start and says which there are', async (t) => {
  await assert.rejects(startTlsGateway(t, { TLS_DEFAULT_CERTIFICATE: 'none' }), /expected one of elsewhere, here/)
})
