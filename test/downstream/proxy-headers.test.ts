import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectTcp, Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { createApp } from '../../src/app.ts'
import { rangesOf } from '../../src/base/addresses.ts'
import { startMirror } from '../helpers/backend.ts'
import { startByteClient } from '../helpers/bytes.ts'
import { send } from '../helpers/client.ts'
import { preface, settings } from '../helpers/frames.ts'
import { startGateway } from '../helpers/gateway.ts'
import { get as getStream, Http2Client } from '../helpers/http2-client.ts'
import { echo, startListener, type Settings } from '../helpers/listener.ts'
import { statedBy1, statedBy2, version2 } from '../helpers/proxy-protocol.ts'
import { exchange, startTls, startTlsGateway } from '../helpers/tls.ts'
import { settled, until } from '../helpers/until.ts'

const get = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'
const here = rangesOf('127.0.0.1')

async function start (t: TestContext, changed: Settings = {}) {
  const started = await startListener(t, echo, changed)
  started.listener.proxyHeaders.from = here
  return started
}

/** A client that comes by TLS after a proxy's header. */
async function connectBehind (t: TestContext, port: number, header: string): Promise<TLSSocket> {
  const below = connectTcp(port, '127.0.0.1')
  t.after(() => { below.destroy() })
  below.on('error', () => {})
  below.write(header, 'latin1')
  const socket = connect({ socket: below, servername: 'localhost', rejectUnauthorized: false })
  socket.on('error', () => {})
  await once(socket, 'secureConnect')
  return socket
}

test('the ends that a proxy states are those of its connection, and what it is told of the rest begins behind the header', async (t) => {
  const { client, heard, refused, listener } = await start(t, { trust: (address) => address.text === '192.0.2.7' })
  for (const header of [statedBy1, statedBy2]) {
    const end = await client(header + get)
    assert.match(await end.hearsTheEnd(), /^HTTP\/1\.1 200 [^]*GET \/\n$/)
  }
  for (const { exchange } of heard) {
    const { address, localPort, isTrusted } = exchange.connection.peer
    assert.deepEqual([address, localPort, isTrusted], ['192.0.2.7', 443, true])
  }
  await until('the connections to be closed', () => listener.idle + listener.busy === 0)
  assert.deepEqual([heard.length, refused], [2, []])
})

for (const header of ['PROXY UNKNOWN\r\n', version2('2000')]) {
  test(`a header that states no ends leaves the real ones: ${JSON.stringify(header.slice(0, 13))}`, async (t) => {
    const { client, heard, port } = await start(t)
    const end = await client(`${header}GET / HTTP/1.1\r\nHost: h\r\n\r\n`)
    await end.hears('GET /\n')
    const [one] = heard
    assert.deepEqual([one?.exchange.connection.peer.address, one?.exchange.connection.peer.localPort], ['127.0.0.1', port])
  })
}

test('a header may come byte by byte, and before the request', async (t) => {
  const { client, heard, listener } = await start(t)
  const end = await client()
  await until('the connection', () => listener.proxyHeaders.pending === 1)
  for (const [index, byte] of [...statedBy2].entries()) {
    end.say(byte)
    await until('the byte', () => listener.proxyHeaders.begun === 1 || index === statedBy2.length - 1)
    await settled()
  }
  await until('the header', () => listener.idle === 1)
  end.say(get)
  await end.hearsTheEnd()
  assert.equal(heard[0]?.exchange.connection.peer.address, '192.0.2.7')
})

const malformed = { 'no-header': get, 'invalid-line': 'PROXY TCP4 a b c d\r\n', 'invalid-family': version2('2141') }

for (const [code, bytes] of Object.entries(malformed)) {
  test(`a connection whose header is malformed is cut, and told of once: ${code}`, async (t) => {
    const { client, heard, refused } = await start(t)
    const end = await client(bytes)
    assert.equal(await end.hearsTheEnd(), '')
    assert.deepEqual(refused, [{ reason: 'proxy-header', statusCode: undefined, code, client: '127.0.0.1' }])
    assert.equal(heard.length, 0)
  })
}

test('a second header is no request', async (t) => {
  const { client, refused } = await start(t)
  const end = await client(statedBy1 + statedBy1)
  assert.match(await end.hearsTheEnd(), /^HTTP\/1\.1 400 /)
  assert.deepEqual(refused.map(({ reason, client }) => [reason, client]), [['malformed', '192.0.2.7']])
})

test('from other addresses no header is read', async (t) => {
  const { listener, client, heard } = await start(t)
  listener.proxyHeaders.from = rangesOf('192.0.2.0/24')
  assert.match(await (await client(statedBy1 + get)).hearsTheEnd(), /^HTTP\/1\.1 400 /)
  assert.match(await (await client(get)).hearsTheEnd(), /^HTTP\/1\.1 200 /)
  assert.deepEqual(heard.map(({ exchange }) => exchange.connection.peer.address), ['127.0.0.1'])
})

test('a connection that ends without a byte is no refusal, one that ends within its header is', async (t) => {
  const { client, refused, listener, clock } = await start(t)
  const silent = await client()
  await until('the connection', () => listener.proxyHeaders.pending === 1)
  silent.socket.end()
  await silent.hearsTheEnd()
  await until('its end', () => listener.proxyHeaders.pending === 0)
  assert.deepEqual(refused, [])
  const begun = await client('PROXY T')
  await until('its first bytes', () => listener.proxyHeaders.begun === 1)
  begun.socket.end()
  await begun.hearsTheEnd()
  assert.deepEqual(refused.map(({ reason, code }) => [reason, code]), [['proxy-header', 'truncated']])
  assert.deepEqual([listener.proxyHeaders.pending, clock.nextInMs()], [0, undefined])
})

test('a connection that was gone before anybody could ask whose it is is not read', async (t) => {
  const { listener, refused } = await start(t)
  const gone = new Socket()
  listener.emit('connection', gone)
  assert.deepEqual([gone.destroyed, listener.idle, listener.proxyHeaders.pending, refused], [true, 0, 0, []])
})

test('a header has as long as a head, and a request behind it as long again', async (t) => {
  const { client, clock, refused, listener } = await start(t, { headerTimeoutMs: 1700 })
  const [silent, begun, slow] = [await client(), await client('PROXY '), await client(statedBy1)]
  await until('all three', () => listener.proxyHeaders.pending === 2 && listener.proxyHeaders.begun === 1 && listener.idle === 1)
  clock.advance(1699)
  assert.deepEqual([refused, listener.proxyHeaders.pending], [[], 2])
  clock.advance(1)
  assert.deepEqual([await silent.hearsTheEnd(), await begun.hearsTheEnd()], ['', ''])
  assert.match(await slow.hearsTheEnd(), /^HTTP\/1\.1 408 /)
  assert.deepEqual(refused, [{ reason: 'timeout', statusCode: undefined, code: undefined, client: '127.0.0.1' }])
})

test('a drain ends connections without a byte of their header, and waits for those that have begun it', async (t) => {
  const { client, listener } = await start(t)
  const [silent, begun] = [await client(), await client('PROXY ')]
  await until('both', () => listener.proxyHeaders.pending === 2 && listener.proxyHeaders.begun === 1)
  listener.drain()
  await silent.hearsTheEnd()
  assert.deepEqual([listener.awaited, begun.isOver()], [1, false])
  begun.say(statedBy1.slice(6) + get)
  assert.match(await begun.hearsTheEnd(), /^HTTP\/1\.1 200 /)
})

test('a listener that closes its idle connections closes those that wait for a header', async (t) => {
  const { client, listener } = await start(t)
  const begun = await client('PROXY ')
  await until('its first bytes', () => listener.proxyHeaders.begun === 1)
  listener.closeIdleConnections()
  await begun.hearsTheEnd()
  await until('none to be left', () => listener.proxyHeaders.pending === 0)
})

test('connections that wait for a header count, those of TLS too', async (t) => {
  const { client, listener, tlsPort } = await startTls(t, { settings: { maxConnections: 2 } })
  listener.proxyHeaders.from = here
  let drops = 0
  listener.on('drop', () => { drops++ })
  const plain = await client('PROXY ')
  await startByteClient(t, tlsPort, 'PROXY ')
  await until('both', () => listener.proxyHeaders.begun === 2)
  await (await client(statedBy1 + get)).hearsTheEnd()
  assert.equal(drops, 1)
  plain.socket.destroy()
  await until('room', () => listener.proxyHeaders.pending === 1)
  assert.match(await (await client(statedBy1 + get)).hearsTheEnd(), /^HTTP\/1\.1 200 /)
})

test('HTTP/2 by prior knowledge follows a header, in one piece and in two', async (t) => {
  const { port, heard } = await start(t)
  for (const cut of [0, 5, preface.length]) {
    const socket = connectTcp(port, '127.0.0.1')
    t.after(() => { socket.destroy() })
    socket.write(statedBy2 + preface.slice(0, cut), 'latin1')
    if (cut > 0) await settled()
    const client = new Http2Client(socket)
    client.say(Buffer.from(preface.slice(cut)), settings, client.headers(1, getStream))
    await until('the answer', () => client.stream(1).isEnded)
    assert.equal(client.stream(1).body, 'GET /\n')
  }
  assert.deepEqual(heard.map(({ exchange }) => exchange.connection.peer.address), Array(3).fill('192.0.2.7'))
})

test('TLS follows a header: the ends are the stated ones, and one that is malformed is no failed handshake', async (t) => {
  const { listener, tls, tlsPort, heard, refused } = await startTls(t)
  listener.proxyHeaders.from = here
  for (const header of [statedBy1, statedBy2]) {
    assert.match(await exchange(await connectBehind(t, tlsPort, header), get), /^HTTP\/1\.1 200 /)
  }
  for (const { exchange: { connection: { peer } } } of heard) {
    assert.deepEqual([peer.address, peer.localPort, peer.isSecure], ['192.0.2.7', 443, true])
  }
  assert.equal(heard.length, 2)
  await until('none to be pending', () => tls.pending === 0)
  await (await startByteClient(t, tlsPort, '\x16\x03\x01')).hearsTheEnd()
  assert.deepEqual(refused.map(({ code }) => code), ['no-header'])
  assert.equal(tls.failures.size, 0)
})

test('PROXY_PROTOCOL: backends hear of the client that a proxy in it has stated, by HTTP and by TLS', async (t) => {
  const { port, tlsPort } = await startTlsGateway(t, { BACKENDS: await startMirror(t), PROXY_PROTOCOL: '10.0.0.0/8, 127.0.0.1' })
  const plain = await (await startByteClient(t, port, statedBy2 + get)).hearsTheEnd()
  const secure = await exchange(await connectBehind(t, tlsPort, statedBy1), get.replace('Host: h', 'Host: localhost'))
  for (const [told, proto] of [[plain, 'http'], [secure, 'https']] as const) {
    assert.match(told, /^X-Forwarded-For: 192\.0\.2\.7\r$/m)
    assert.match(told, /^X-Forwarded-Port: 443\r$/m)
    assert.match(told, new RegExp(`^X-Forwarded-Proto: ${proto}\\r$`, 'm'))
  }
})

test('without PROXY_PROTOCOL a header is a bad request', async (t) => {
  const { port, url } = await startGateway(t, { BACKENDS: await startMirror(t) })
  assert.match(await (await startByteClient(t, port, statedBy1 + get)).hearsTheEnd(), /^HTTP\/1\.1 400 /)
  assert.equal((await send(url)).status, 200)
})

test('PROXY_PROTOCOL that is no list of addresses is refused', async () => {
  const message = 'PROXY_PROTOCOL=true is not valid: "true" is neither an address nor a CIDR'
  await assert.rejects(createApp({ env: { PROXY_PROTOCOL: 'true', REGISTRY_FILE: '' } }), { name: 'SettingError', message })
})
