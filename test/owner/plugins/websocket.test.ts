import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import jwt from '@fastify/jwt'
import websocket from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import { WebSocket, WebSocketServer } from 'ws'
import { answers } from '../../helpers/backend.ts'
import { send } from '../../helpers/client.ts'
import { startWithPlugin } from './start.ts'

/** A gateway whose backend sends back what comes over a WebSocket, in capitals. */
async function startWithSockets (t: TestContext, plugin: (app: FastifyInstance) => Promise<void>) {
  const server = new WebSocketServer({ noServer: true })
  // Before the backend is closed, which waits for them.
  t.after(() => { for (const client of server.clients) client.terminate() })
  const started = await startWithPlugin(t, answers('theirs'), plugin)
  started.backend.server.on('upgrade', (req, stream, head) => {
    server.handleUpgrade(req, stream, head, (socket) => {
      socket.on('message', (data) => { socket.send(String(data).toUpperCase()) })
    })
  })
  return { ...started, wsUrl: started.url.replace('http', 'ws') }
}

function openSocket (t: TestContext, url: string, headers: Record<string, string> = {}): WebSocket {
  const socket = new WebSocket(url, { headers })
  socket.on('error', () => {})
  t.after(() => { socket.terminate() })
  return socket
}

/** Says this and resolves with what comes back. */
async function talk (socket: WebSocket, message: string | Buffer): Promise<Buffer> {
  if (socket.readyState !== WebSocket.OPEN) await once(socket, 'open')
  socket.send(message)
  const [answer] = await once(socket, 'message') as [Buffer]
  return answer
}

async function addEcho (app: FastifyInstance): Promise<void> {
  await app.register(websocket)
  await app.register(async (inner) => {
    inner.get('/echo', { websocket: true }, (socket, request) => {
      socket.on('message', (data: Buffer) => {
        if (String(data) === 'leave') socket.close(4001, request.url)
        else socket.send(data)
      })
    })
  })
}

test('an own route of @fastify/websocket echoes, and says why it closes', async (t) => {
  const { wsUrl, backend } = await startWithSockets(t, addEcho)
  const socket = openSocket(t, `${wsUrl}/echo?a=1`)
  assert.equal(String(await talk(socket, 'hello')), 'hello')
  const large = randomBytes(3 * 1024 * 1024)
  assert.ok((await talk(socket, large)).equals(large))
  socket.send('leave')
  const [code, reason] = await once(socket, 'close') as [number, Buffer]
  assert.deepEqual([code, String(reason), backend.requests.length], [4001, '/echo?a=1', 0])
})

test('beside an own route of @fastify/websocket other WebSockets are forwarded', async (t) => {
  const { wsUrl, url } = await startWithSockets(t, addEcho)
  const sockets = ['/echo', '/theirs', '/echo', '/'].map((path) => openSocket(t, wsUrl + path))
  const answered = await Promise.all(sockets.map(async (socket) => String(await talk(socket, 'hello'))))
  assert.deepEqual(answered, ['hello', 'HELLO', 'hello', 'HELLO'])
  assert.equal((await send(`${url}/theirs`)).body, 'theirs')
})

test('hooks run once for an upgrade, on an own route of @fastify/websocket and forwarded', async (t) => {
  const seen: string[] = []
  const { wsUrl } = await startWithSockets(t, async (app) => {
    app.addHook('onRequest', async ({ url }) => { seen.push(url) })
    await addEcho(app)
  })
  for (const path of ['/echo', '/theirs']) await talk(openSocket(t, wsUrl + path), 'hello')
  assert.deepEqual(seen, ['/echo', '/theirs'])
})

test('a plain request to an own route of @fastify/websocket is answered with 404, by the gateway', async (t) => {
  const { url, backend } = await startWithSockets(t, addEcho)
  assert.equal((await send(`${url}/echo`)).status, 404)
  assert.equal(backend.requests.length, 0)
})

test('the sockets of @fastify/websocket are closed when the gateway is', async (t) => {
  const { app, wsUrl } = await startWithSockets(t, addEcho)
  const socket = openSocket(t, `${wsUrl}/echo`)
  await talk(socket, 'hello')
  const closed = once(socket, 'close')
  await app.close()
  assert.equal((await closed)[0], 1005)
})

for (const [what, path, answer, add] of [
  ['the WebSockets that are forwarded', '/', 'HELLO', async () => {}],
  ['an own route of @fastify/websocket', '/echo', 'hello', addEcho]
] as const) {
  test(`@fastify/jwt keeps strangers from ${what}`, async (t) => {
    let token = ''
    const { wsUrl } = await startWithSockets(t, async (app) => {
      await app.register(jwt, { secret: 'a secret of the test, which is long enough' })
      token = app.jwt.sign({ user: 1 })
      app.addHook('onRequest', async (request) => { await request.jwtVerify() })
      await add(app)
    })
    const [error] = await once(openSocket(t, wsUrl + path).removeAllListeners('error'), 'error') as [Error]
    assert.match(error.message, /response: 401/)
    const socket = openSocket(t, wsUrl + path, { authorization: `Bearer ${token}` })
    assert.equal(String(await talk(socket, 'hello')), answer)
  })
}
