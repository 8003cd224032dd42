import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { connect as connectSecurely } from 'node:tls'
import { startByteClient } from '../../helpers/bytes.ts'
import { holds } from '../../helpers/listener.ts'
import { connectTls, exchange, startTls } from '../../helpers/tls.ts'
import { settled, until } from '../../helpers/until.ts'

const get = 'GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'

for (const minVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a request is served over ${minVersion}`, async (t) => {
    const { tlsPort, heard } = await startTls(t)
    const options = { servername: 'LOCALHOST.', minVersion, maxVersion: minVersion, ALPNProtocols: ['http/1.1'] }
    const socket = await connectTls(t, tlsPort, options)
    assert.equal(socket.alpnProtocol, 'http/1.1')
    assert.match(await exchange(socket, get), /^HTTP\/1\.1 200 [^]*GET \/x\n$/)
    assert.equal(heard[0]?.exchange.connection.peer.isSecure, true)
  })
}

test('each name gets its own certificate', async (t) => {
  const { tlsPort } = await startTls(t)
  for (const servername of ['localhost', 'elsewhere.test']) {
    const socket = await connectTls(t, tlsPort, { servername })
    assert.equal(socket.getPeerCertificate().subject.CN, servername)
    socket.destroy()
  }
})

for (const [what, servername, reason] of [
  ['an unknown name', 'unknown.test', 'unknown-server-name'],
  ['no name', '', 'no-server-name']
] as const) {
  test(`a client that asks for ${what} is refused with unrecognized_name`, async (t) => {
    const { tlsPort, tls } = await startTls(t)
    await assert.rejects(connectTls(t, tlsPort, { servername }), { code: 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME' })
    await until('the count', () => tls.failures.get(reason) === 1)
    assert.equal(tls.pending, 0)
  })
}

test('a ClientHello that comes byte by byte is served', async (t) => {
  const { tlsPort } = await startTls(t)
  const { createServer } = await import('node:net')
  const relay = createServer((from) => {
    const to = connect(tlsPort, '127.0.0.1')
    let rest = 30
    from.on('data', (bytes) => {
      for (; rest > 0 && bytes.length > 0; rest--) {
        to.write(bytes.subarray(0, 1))
        bytes = bytes.subarray(1)
      }
      if (bytes.length > 0) to.write(bytes)
    })
    to.setNoDelay(true)
    to.pipe(from)
    from.on('close', () => { to.destroy() })
  }).listen(0, '127.0.0.1')
  t.after(() => { relay.close() })
  await once(relay, 'listening')
  const socket = await connectTls(t, (relay.address() as { port: number }).port, { servername: 'localhost' })
  assert.match(await exchange(socket, get), /GET \/x\n$/)
})

test('plain HTTP gets one 400 that says so', async (t) => {
  const { tlsPort, tls } = await startTls(t)
  const client = await startByteClient(t, tlsPort, get)
  assert.match(await client.hearsTheEnd(), /^HTTP\/1\.1 400 [^]*EVENKEEL_PLAIN_HTTP[^]*HTTPS/)
  client.socket.end()
  await until('the count', () => tls.failures.get('plain-http') === 1)
})

test('bytes that are neither TLS nor HTTP are cut', async (t) => {
  const { tlsPort, tls } = await startTls(t)
  const client = await startByteClient(t, tlsPort, '\x00\x01\x02')
  assert.equal(await client.hearsTheEnd(), '')
  await until('the count', () => tls.failures.get('not-tls') === 1)
})

test('a client that does not finish its handshake within 10 s is cut', async (t) => {
  const { tlsPort, tls, clock } = await startTls(t)
  const silent = await startByteClient(t, tlsPort)
  const slow = await startByteClient(t, tlsPort, '\x16\x03\x01\x02\x00\x01')
  await until('both', () => tls.pending === 2)
  clock.advance(9999)
  await settled()
  assert.equal(tls.pending, 2)
  clock.advance(1)
  await Promise.all([silent.hearsTheEnd(), slow.hearsTheEnd()])
  await until('the count', () => tls.failures.get('timeout') === 2)
})

test('a client that leaves in its handshake does no harm', async (t) => {
  const { tlsPort, tls } = await startTls(t)
  const client = await startByteClient(t, tlsPort, '\x16\x03')
  await until('it', () => tls.pending === 1)
  client.socket.resetAndDestroy()
  await until('the count', () => tls.failures.get('client-left') === 1)
})

test('connections of both listeners count towards one limit', async (t) => {
  const { tlsPort, client, listener } = await startTls(t, { settings: { maxConnections: 1 } })
  let drops = 0
  listener.on('drop', () => { drops++ })
  const first = await connectTls(t, tlsPort, { servername: 'localhost' })
  await (await client('')).hearsTheEnd()
  await assert.rejects(connectTls(t, tlsPort, { servername: 'localhost' }))
  assert.equal(drops, 2)
  assert.match(await exchange(first, get), /^HTTP\/1\.1 200/)
})

test('a response that ends with its connection is cut so that it does not look whole', async (t) => {
  const { tlsPort, heard } = await startTls(t, { handle: holds })
  const socket = await connectTls(t, tlsPort, { servername: 'localhost' })
  let error: NodeJS.ErrnoException | undefined
  let hasEnded = false
  let received = ''
  socket.on('error', (thrown) => { error = thrown })
  socket.on('end', () => { hasEnded = true })
  socket.on('data', (bytes) => { received += String(bytes) })
  socket.write('GET /x HTTP/1.0\r\n\r\n')
  const { exchange } = await until('the request', () => heard[0])
  exchange.begin(200, 'OK', '', -1)
  exchange.write(Buffer.from('half'))
  exchange.flush()
  // What comes together with a reset hides it from a client on Node.js 20: its libuv takes that for an end.
  await until('the first half', () => received.endsWith('half'))
  exchange.reset('cut')
  await until('the end', () => socket.destroyed)
  assert.deepEqual([error?.code, hasEnded], ['ECONNRESET', false])
})

test('a listener that closes waits for requests over TLS, and says in their responses that it ends', async (t) => {
  const { tlsPort, listener, heard } = await startTls(t, { handle: holds })
  const idle = await connectTls(t, tlsPort, { servername: 'localhost' })
  const busy = await connectTls(t, tlsPort, { servername: 'localhost' })
  const answer = exchange(busy, 'GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await until('the request', () => heard[0])
  let isClosed = false
  idle.resume()
  const idleEnds = once(idle, 'close')
  listener.close(() => { isClosed = true })
  await idleEnds
  assert.equal(isClosed, false)
  heard[0]?.answer('done')
  assert.match(await answer, /Connection: close[^]*done$/)
  await until('the end', () => isClosed)
  await assert.rejects(connectTls(t, tlsPort, { servername: 'localhost' }), { code: 'ECONNREFUSED' })
})

test('a listener that drains waits for handshakes on connections that another process has accepted', async (t) => {
  const { tls, listener } = await startTls(t)
  const door = createServer({ allowHalfOpen: true }, (socket) => { tls.emit('connection', socket) })
  t.after(() => { door.close() })
  door.listen(0, '127.0.0.1')
  await once(door, 'listening')
  const { port } = door.address() as AddressInfo
  const [ahead, left] = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')]
  await until('both', () => tls.pending === 2)
  let isClosed = false
  listener.stopAccepting()
  listener.whenClosed(() => { isClosed = true })
  await until('it to listen no more', () => !listener.listening && !tls.listening)
  const socket = connectSecurely({ socket: ahead, servername: 'localhost', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  assert.match(await exchange(socket, get), /^HTTP\/1\.1 200 /)
  await until('the other alone', () => listener.idle + listener.busy === 0)
  await settled()
  assert.equal(isClosed, false)
  const ended = once(left.resume(), 'close')
  listener.closeIdleConnections()
  await until('its end', () => isClosed)
  await ended
})
