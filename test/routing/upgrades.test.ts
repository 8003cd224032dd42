import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { answers, startBackend } from '../helpers/backend.ts'
import { FakeClock } from '../helpers/clock.ts'
import { startWithFile } from '../helpers/config-gateway.ts'
import { until } from '../helpers/until.ts'

test('a WebSocket takes the same table as other requests, with the edits and the time limit of its route', async (t) => {
  const clock = new FakeClock()
  const backend = await startBackend(t, answers('no'))
  const server = new WebSocketServer({ server: backend.server })
  const seen: string[] = []
  server.on('connection', (socket, { url, headers }) => {
    seen.push(`${url} ${String(headers['x-forwarded-prefix'])} ${String(headers['x-tenant'])} ${headers.host}`)
    socket.on('message', (data) => { socket.send(data.toString()) })
  })
  t.after(() => { for (const socket of server.clients) socket.terminate() })
  const { port } = await startWithFile(t, `
services: { web: {}, live: { backends: ["${backend.url}"] } }
routes:
  - { host: shop.test, service: web }
  - host: shop.test
    path: /live
    stripPrefix: true
    requestHeaders: { set: { x-tenant: shop } }
    timeouts: { tunnelIdleMs: 1700 }
    service: live
`, {}, { clock })

  const socket = new WebSocket(`ws://127.0.0.1:${port}/live/chat?a=b`, { headers: { host: 'shop.test' } })
  await once(socket, 'open')
  socket.send('hello')
  const [data] = await once(socket, 'message')
  assert.equal(String(data), 'hello')
  assert.deepEqual(seen, ['/chat?a=b /live shop shop.test'])
  const closed = once(socket, 'close')
  await until('the limit of the tunnel', () => clock.hasTaskIn(1700))
  clock.advance(1700)
  await closed

  const other = new WebSocket(`ws://127.0.0.1:${port}/chat`, { headers: { host: 'shop.test' } })
  const [error] = await once(other, 'error')
  assert.match(String(error), /response: 503/)
  const nowhere = new WebSocket(`ws://127.0.0.1:${port}/chat`, { headers: { host: 'other.test' } })
  assert.match(String((await once(nowhere, 'error'))[0]), /response: 404/)
})
