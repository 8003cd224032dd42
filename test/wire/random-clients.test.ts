import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { startBackend } from '../helpers/backend.ts'
import { seed, seededRandom } from '../helpers/chance.ts'
import { startAnyGateway } from '../helpers/any-gateway.ts'
import { settled, until } from '../helpers/until.ts'
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
  } else if (url === '/late') void turns(5).then(() => { res.end('late') })
  else res.end('hello')
}

/** Resolves when the loop has gone round so often: on a slow machine it takes longer, and everything else does too. */
async function turns (count: number, isOver: () => boolean = () => false): Promise<void> {
  for (let turn = 0; turn < count && !isOver(); turn++) await settled()
}

/** What one client sends, how it leaves, and when: whether upon the first byte, and after how many turns it waits no longer. */
function clientOf (random: () => number) {
  const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const text = Array.from({ length: 1 + Math.floor(random() * 6) }, () => oneOf(messages)).join('')
  return {
    bytes: random() < 0.3 ? text.slice(0, Math.floor(random() * text.length)) : text,
    leave: oneOf(['end', 'destroy', 'resetAndDestroy'] as const),
    stays: random() < 0.7,
    patience: 10 + Math.floor(random() * 90)
  }
}

test('whatever clients send, in whatever order, and however they leave: nothing is left of them, and the next one is served', async (t) => {
  const backend = await startBackend(t, behaviour)
  backend.server.on('upgrade', ({ url }, socket) => {
    socket.on('error', () => {})
    if (url !== '/tunnel') return socket.resume().end('HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n')
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
    return socket.pipe(socket)
  })
  const gateway = await startAnyGateway(t, { BACKENDS: backend.url, OUTLIER_FAILURES: '0' })
  const { port } = gateway

  async function visit ({ bytes, leave, stays, patience }: ReturnType<typeof clientOf>): Promise<void> {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    const closed = new Promise((resolve) => { socket.once('close', resolve) })
    socket.write(bytes, 'latin1')
    if (stays) socket.once('data', () => { socket[leave]() })
    else {
      socket[leave]()
      socket.resume()
    }
    await turns(patience, () => socket.closed)
    socket.destroy()
    await closed
  }
  // Each has a stream of its own, so that what it does is the same whichever of the others is faster.
  await Promise.all(Array.from({ length: 16 }, async (_, i) => {
    const random = seededRandom(seed + i)
    for (let i = 0; i < 40; i++) await visit(clientOf(random))
  }))

  await until('all to be over', async () => {
    const { exchanges, tunnels, inFlight } = await gateway.counts()
    return exchanges === 0 && tunnels === 0 && inFlight === 0
  })
  await assertServes(gateway)
  assert.equal((await gateway.counts()).queued, 0)
})
