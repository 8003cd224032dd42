import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import { connect, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { BoundedConnections } from '../../src/admin/connections.ts'
import { listen } from '../helpers/backend.ts'
import { startGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'

interface Client {
  readonly socket: Socket
  readonly received: () => string
}

/** A server that lets two connections in. */
async function startBounded (t: TestContext, handler: RequestListener) {
  let refused = 0
  let connected = 0
  const server = createServer(handler)
  const connections = new BoundedConnections(2, () => { refused++ })
  connections.watch(server)
  const requested: string[] = []
  server.on('request', ({ url = '' }) => { requested.push(url) })
  server.on('connection', () => { connected++ })
  const port = await listen(server)
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })

  /** Resolves when the server has dealt with the connection. */
  async function open (said = ''): Promise<Client> {
    const before = connected
    const socket = connect(port, '127.0.0.1')
    t.after(() => { socket.destroy() })
    let received = ''
    socket.setEncoding('latin1').on('data', (piece) => { received += piece }).on('error', () => {})
    socket.write(said)
    await until('the connection', () => connected > before)
    return { socket, received: () => received }
  }
  return { open, connections, requested, refused: () => refused }
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`

/** Answers `/events` without an end, and everything else at once. */
const handler: RequestListener = (req, res) => {
  if (req.url === '/events') res.write('hello')
  else if (req.url === '/long') res.end('x'.repeat(50_000_000))
  else if (req.method === 'POST') req.resume().once('end', () => { res.end('read') })
  else res.end('whole')
}

async function isEnded ({ socket }: Client): Promise<void> {
  await until('the end of the connection', () => socket.closed)
}

test('one connection too many takes the place of the one that has been idle longest', async (t) => {
  const { open, connections, refused } = await startBounded(t, handler)
  const [first, second] = [await open(), await open()]
  first.socket.write(get('/'))
  await until('the answer', () => first.received().includes('whole'))
  const third = await open(get('/'))
  await isEnded(second)
  await until('the answer', () => third.received().includes('whole'))
  assert.equal(refused(), 1)
  await open()
  await isEnded(first)
  assert.deepEqual([third.socket.closed, connections.size, refused()], [false, 2, 1])
})

test('connections on which events are sent keep their place, and the next one is refused', async (t) => {
  const { open, connections, refused } = await startBounded(t, handler)
  const readers = [await open(get('/events')), await open(get('/events'))]
  await until('the events', () => readers.every(({ received }) => received().includes('hello')))
  await isEnded(await open(get('/')))
  assert.deepEqual([readers.map(({ socket }) => socket.closed), connections.size, refused()], [[false, false], 2, 1])
  readers[0]?.socket.destroy()
  await until('room', () => connections.size === 1)
  const next = await open(get('/'))
  await until('the answer', () => next.received().includes('whole'))
})

for (const [what, said, requests] of [
  ['says nothing', '', 0],
  ['sends half a head', 'GET / HTTP/1.1\r\nHo', 0],
  ['sends half a body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx', 2]
] as const) {
  test(`a client that ${what} holds no place`, async (t) => {
    const { open, requested, refused } = await startBounded(t, handler)
    const slow = [await open(said), await open(said)]
    await until('what is whole of it', () => requested.length === requests)
    const next = await open(get('/'))
    await until('the answer', () => next.received().includes('whole'))
    await until('the place', () => slow.some(({ socket }) => socket.closed))
    assert.equal(refused(), 1)
  })
}

test('a client that does not read its answer holds no place', async (t) => {
  const { open, requested, refused } = await startBounded(t, handler)
  const slow = await open()
  slow.socket.pause()
  slow.socket.write(get('/long'))
  await until('the request', () => requested.includes('/long'))
  const reader = await open(get('/events'))
  await until('the events', () => reader.received().includes('hello'))
  const next = await open(get('/'))
  await until('the answer', () => next.received().includes('whole'))
  slow.socket.resume()
  await isEnded(slow)
  assert.deepEqual([reader.socket.closed, refused()], [false, 0])
})

test('the admin listener ends a connection on which a head does not arrive in time', async (t) => {
  const { app, adminUrl } = await startGateway(t, {})
  const { server } = app.admin
  assert.deepEqual([server.headersTimeout, server.requestTimeout, server.keepAliveTimeout], [5000, 10_000, 5000])
  server.headersTimeout = 1
  const sockets = ['', 'GET / HTTP/1.1\r\n'].map((said) => {
    const socket = connect(Number(new URL(adminUrl).port), '127.0.0.1').on('error', () => {})
    t.after(() => { socket.destroy() })
    socket.write(said)
    return socket.resume()
  })
  await until('the end of both', () => sockets.every(({ closed }) => closed))
})
