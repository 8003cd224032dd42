import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { test } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import type { StatedEnds } from '../../src/proxy-protocol/ends.ts'
import { writeHeader } from '../../src/proxy-protocol/writer.ts'
import { startByteClient } from '../helpers/bytes.ts'
import { signed } from '../helpers/certificate.ts'
import { send } from '../helpers/client.ts'
import { startWithFile } from '../helpers/config-gateway.ts'
import { get as getStream, Http2Client } from '../helpers/http2-client.ts'
import { preface, settings } from '../helpers/frames.ts'
import { buildApp, inFlight, startGateway } from '../helpers/gateway.ts'
import { startProxiedBackend } from '../helpers/proxied-backend.ts'
import { statedBy1, statedBy2 } from '../helpers/proxy-protocol.ts'
import { connectTls, exchange, startTlsGateway } from '../helpers/tls.ts'
import { temporaryFolder } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'

const stated: StatedEnds = {
  family: 'IPv4', sourceAddress: '192.0.2.7', sourcePort: 40_000, destinationAddress: '198.51.100.1', destinationPort: 443
}

/** Those of a client's socket, as its gateway sees them. */
function endsOf ({ localPort, remotePort }: Pick<Socket, 'localPort' | 'remotePort'>): StatedEnds {
  return {
    family: 'IPv4',
    sourceAddress: '127.0.0.1',
    sourcePort: localPort as number,
    destinationAddress: '127.0.0.1',
    destinationPort: remotePort as number
  }
}

const get = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'

for (const version of ['v1', 'v2'] as const) {
  test(`each request has a connection of its own, which begins with a header of ${version} and carries no other`, async (t) => {
    const backend = await startProxiedBackend(t, { handle: (req, res) => { res.end(req.headers.connection) } })
    const gateway = await startGateway(t, { BACKENDS: `${backend.url};sendProxy=${version}`, TRUST_PROXY: 'true' })
    const client = await startByteClient(t, gateway.port)
    for (let i = 0; i < 2; i++) {
      client.say(get.replace('\r\n\r\n', '\r\nX-Forwarded-For: 192.0.2.99\r\n\r\n'))
      await client.hears('close')
      client.forget()
    }
    const other = await startByteClient(t, gateway.port, get)
    await other.hears('close')
    const [first, second] = [endsOf(client.socket), endsOf(other.socket)]
    // The address that a proxy has written into X-Forwarded-For is not one of a connection.
    assert.deepEqual(backend.stated(), [first, first, second])
    const traffic = backend.connections.filter(({ requests: [request] }) => request?.url === '/')
    const expected = [first, first, second].map((ends) => writeHeader(version, ends).toString('latin1'))
    assert.deepEqual(traffic.map(({ header }) => header), expected)
    await until('the connections to be closed', () => traffic.every(({ socket }) => socket.closed))
    assert.deepEqual([backend.malformed, inFlight(gateway)], [[], 0])
  })
}

test('what a proxy before the gateway states is what the backend is told, and without that the addresses of its connection', async (t) => {
  const backend = await startProxiedBackend(t)
  const gateway = await startGateway(t, { BACKENDS: `${backend.url};sendProxy=v2`, PROXY_PROTOCOL: '127.0.0.1' })
  for (const header of [statedBy1, statedBy2, 'PROXY TCP6 2001:db8::7 ::ffff:192.0.2.1 1 2\r\n', 'PROXY UNKNOWN\r\n']) {
    const client = await startByteClient(t, gateway.port, header + get)
    await client.hears('hello')
    if (header === 'PROXY UNKNOWN\r\n') assert.deepEqual(backend.stated().at(-1), endsOf(client.socket))
  }
  const mixed: StatedEnds = {
    family: 'IPv6', sourceAddress: '2001:db8::7', sourcePort: 1, destinationAddress: '192.0.2.1', destinationPort: 2
  }
  assert.deepEqual(backend.stated().slice(0, 3), [stated, stated, mixed])
})

test('clients by HTTP/2 and by TLS are stated as others, and a request without a connection as none', async (t) => {
  const backend = await startProxiedBackend(t)
  const BACKENDS = `${backend.url};sendProxy=v1`
  const { port, tlsPort } = await startTlsGateway(t, { BACKENDS })
  const client = new Http2Client(connect(port, '127.0.0.1'))
  t.after(() => { client.socket.destroy() })
  await once(client.socket, 'connect')
  client.say(Buffer.from(preface), settings, client.headers(1, getStream), client.headers(3, getStream))
  await until('both answers', () => client.stream(1).isEnded && client.stream(3).isEnded)
  const secure = await connectTls(t, tlsPort, { servername: 'localhost' })
  const bySecure = endsOf(secure)
  await exchange(secure, 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  assert.deepEqual(backend.stated(), [endsOf(client.socket), endsOf(client.socket), bySecure])
  const app = await buildApp(t, { BACKENDS })
  assert.equal((await app.inject('/')).body, 'hello')
  assert.deepEqual([backend.stated().length, backend.connections.at(-1)?.header], [4, 'PROXY UNKNOWN\r\n'])
})

test('the header comes before TLS, and to a socket of the file system', async (t) => {
  const secure = await startProxiedBackend(t, { server: createTlsServer(signed) })
  const local = await startProxiedBackend(t, { path: join(await temporaryFolder(), 'app.sock') })
  for (const backend of [secure, local]) {
    const url = backend.url.replace('http:', 'https:')
    const file = `services: { default: { sendProxy: v2, tls: { verify: false }, backends: ["${url}"] } }`
    const { port } = await startWithFile(t, file)
    const client = await startByteClient(t, port, get)
    await client.hears('hello')
    assert.deepEqual([backend.stated(), backend.malformed], [[endsOf(client.socket)], []])
  }
})

test('a WebSocket begins with a header, and so does an upgrade that is refused', async (t) => {
  const server = createServer()
  const sockets = new WebSocketServer({ noServer: true })
  const refusals: Duplex[] = []
  server.on('upgrade', (req, socket, head) => {
    if (req.url === '/no') {
      refusals.push(socket)
      socket.resume().write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno')
    } else sockets.handleUpgrade(req, socket, head, (each) => { each.on('message', (data) => { each.send(`echo of ${String(data)}`) }) })
  })
  const backend = await startProxiedBackend(t, { server })
  const { port } = await startGateway(t, { BACKENDS: `${backend.url};sendProxy=v2`, UPSTREAM_KEEP_ALIVE_MS: '3600000' })
  const client = new WebSocket(`ws://127.0.0.1:${port}/chat`)
  const [[{ socket }]] = await Promise.all([once(client, 'upgrade') as Promise<[{ socket: Socket }]>, once(client, 'open')])
  client.send('a')
  const [message] = await once(client, 'message') as [Buffer]
  assert.equal(String(message), 'echo of a')
  const expected = [endsOf(socket)]
  assert.deepEqual(backend.stated(), expected)
  client.terminate()
  const refused = await startByteClient(t, port, 'GET /no HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
  await once(refused.socket, 'connect')
  expected.push(endsOf(refused.socket))
  assert.match(await refused.hearsTheEnd(), /^HTTP\/1\.1 403 [^]*no$/)
  assert.deepEqual(backend.stated(), expected)
  await until('the end of a connection that nobody else may use', () => refusals[0]?.readableEnded)
})

test('a retry has its own header, and a backend that wants none gets none', async (t) => {
  const dying = await startProxiedBackend(t, { handle: ({ socket }) => { socket.resetAndDestroy() } })
  const plain = createServer((_req, res) => { res.end('plain') })
  await new Promise<void>((resolve) => { plain.listen(0, '127.0.0.1', resolve) })
  t.after(() => { plain.close() })
  const plainUrl = `http://127.0.0.1:${(plain.address() as AddressInfo).port}`
  const working = await startProxiedBackend(t)
  const proxied = `${dying.url};sendProxy=v1`
  for (const [next, body] of [[`${working.url};sendProxy=v2`, 'hello'], [plainUrl, 'plain']] as const) {
    const { port } = await startGateway(t, { BACKENDS: `${proxied},${next}` })
    const client = await startByteClient(t, port, get)
    await client.hears(body)
    assert.deepEqual(dying.stated().at(-1), endsOf(client.socket))
    if (next !== plainUrl) assert.deepEqual(working.stated(), [endsOf(client.socket)])
  }
  assert.deepEqual([dying.malformed, working.malformed], [[], []])
})

test('sendProxy is changed while the gateway runs: no connection from before it is used again', async (t) => {
  const plain = createServer((_req, res) => { res.end('plain') })
  let connections = 0
  plain.on('connection', () => { connections++ })
  await new Promise<void>((resolve) => { plain.listen(0, '127.0.0.1', resolve) })
  t.after(() => { plain.close() })
  const plainUrl = `http://127.0.0.1:${(plain.address() as AddressInfo).port}`
  const gateway = await startGateway(t, { BACKENDS: `${plainUrl};check=tcp` })
  const agent = new Agent({ keepAlive: true })
  t.after(() => { agent.destroy() })
  const [{ id }] = JSON.parse((await send(`${gateway.adminUrl}/api/backends`)).body)
  const change = async (body: object): Promise<unknown> => {
    const sent = { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    return JSON.parse((await send(`${gateway.adminUrl}/api/backends/${id}`, sent)).body).sendProxy
  }
  assert.equal((await send(gateway.url, { agent })).body, 'plain')
  const before = connections
  assert.equal(await change({ sendProxy: 'v1' }), 'v1')
  // To a server that knows no headers, the first line is a bad request.
  assert.equal((await send(gateway.url, { agent })).status, 400)
  assert.equal(connections, before + 1)
  assert.equal(await change({ weight: 2 }), 'v1')
  assert.equal(await change({ sendProxy: 'none' }), null)
  assert.equal((await send(gateway.url, { agent })).body, 'plain')
  assert.equal(connections, before + 2)
})
