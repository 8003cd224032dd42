import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { seededRandom } from '../balancing/pool.ts'
import { startBackend } from '../helpers/backend.ts'
import { startGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'
import { assertServes } from '../helpers/wire.ts'

/** What a client may send; any of them behind any other, whole or in part. */
const messages = [
  'GET /next HTTP/1.1\r\nHost: h\r\n\r\n',
  'GET /dies HTTP/1.1\r\nHost: h\r\n\r\n',
  'GET /half HTTP/1.1\r\nHost: h\r\n\r\n',
  'GET /late HTTP/1.1\r\nHost: h\r\n\r\n',
  'HEAD /late HTTP/1.1\r\nHost: h\r\n\r\n',
  'GET /next HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
  'GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
  'POST /late HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello',
  'POST /dies HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\nbegins',
  'PUT /next HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello',
  'PUT /next HTTP/1.1\r\nHost: h\r\nExpect: nonsense\r\n\r\n',
  'POST /next HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n',
  'POST /late HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  'GET /tunnel HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nearly',
  'GET /late HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
  'GET /tunnel HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\nContent-Length: 3\r\n\r\nabc',
  'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  'GARBAGE\r\n\r\n',
  '\r\n'
]

const behaviour: RequestListener = ({ url, socket }, res) => {
  if (url === '/dies') socket.destroy()
  else if (url === '/half') {
    res.writeHead(200, { 'content-length': 100 })
    res.write('half', () => { socket.destroy() })
  } else if (url === '/late') setTimeout(() => { res.end('late') }, 5)
  else res.end('hello')
}

test('whatever clients send, in whatever order, and however they leave: nothing is left of them, and the next one is served', async (t) => {
  const random = seededRandom(5173)
  const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const backend = await startBackend(t, behaviour)
  backend.server.on('upgrade', ({ url }, socket) => {
    socket.on('error', () => {})
    if (url !== '/tunnel') return socket.resume().end('HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n')
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
    return socket.pipe(socket)
  })
  const gateway = await startGateway(t, { BACKENDS: backend.url, OUTLIER_FAILURES: '0' })
  const { app, port } = gateway

  function client (): Promise<void> {
    const text = Array.from({ length: 1 + Math.floor(random() * 6) }, () => oneOf(messages)).join('')
    const cut = random() < 0.3 ? Math.floor(random() * text.length) : text.length
    const leave = oneOf(['end', 'destroy', 'resetAndDestroy'] as const)
    const stays = random() < 0.7
    return new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1')
      const patience = setTimeout(() => { socket.destroy() }, 30)
      socket.on('error', () => {})
      socket.once('close', () => {
        clearTimeout(patience)
        resolve()
      })
      socket.write(text.slice(0, cut), 'latin1')
      if (stays) socket.once('data', () => { socket[leave]() })
      else {
        socket[leave]()
        socket.resume()
      }
    })
  }
  await Promise.all(Array.from({ length: 16 }, async () => { for (let i = 0; i < 40; i++) await client() }))

  await until('all to be over', () => app.forwarder.openExchanges === 0 && app.upgradedSockets.size === 0 && app.registry.backends()[0]?.inFlight === 0)
  await assertServes(gateway)
  assert.equal(app.forwarder.queued, 0)
})
