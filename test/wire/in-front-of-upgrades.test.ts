import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { startBackend } from '../helpers/backend.ts'
import { startGateway } from '../helpers/gateway.ts'
import { standstill, until } from '../helpers/until.ts'
import { openClient } from '../helpers/wire.ts'

const big = 'GET /big HTTP/1.1\r\nHost: h\r\n\r\n'
const slow = 'GET /slow HTTP/1.1\r\nHost: h\r\n\r\n'
const h2c = 'GET /last HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'

/** What takes a connection out of Node's HTTP, and the answer to it. */
const departures: Record<string, { bytes: string; answer: RegExp }> = {
  'an upgrade that is ignored': { bytes: h2c, answer: /last answer/ },
  'an upgrade that is refused': {
    bytes: 'GET /no HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    answer: /HTTP\/1\.1 501 /
  },
  CONNECT: { bytes: 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n', answer: /HTTP\/1\.1 405 / }
}

/** More than the kernel holds for a client that does not read. */
const bigBytes = 16 * 1024 * 1024

async function startAnswers (t: TestContext, settings: Record<string, string> = {}) {
  const held: ServerResponse[] = []
  const backend = await startBackend(t, (req, res) => {
    if (req.url === '/slow') held.push(res)
    else if (req.url === '/big') res.end(Buffer.alloc(bigBytes, 'x'))
    else {
      req.resume()
      req.on('end', () => { res.end('last answer') })
    }
  })
  backend.server.on('upgrade', (_req, socket: Socket) => { socket.end('HTTP/1.1 501 No\r\nContent-Length: 0\r\n\r\n') })
  const { app, port } = await startGateway(t, { BACKENDS: backend.url, ...settings })
  const far: Socket[] = []
  app.server.on('connection', (socket: Socket) => { far.push(socket) })
  const client = await openClient(t, port)
  let bytes = 0
  let end = ''
  client.setEncoding('latin1').on('data', (piece: string) => {
    bytes += piece.length
    end = (end + piece).slice(-2000)
  })
  const isReleased = (): boolean => app.registry.backends()[0]?.inFlight === 0
  return { app, backend, client, far, held, isReleased, received: () => ({ bytes, end }) }
}

for (const [what, { bytes, answer }] of Object.entries(departures)) {
  for (const isLater of [false, true]) {
    test(`a large response in front of ${what}${isLater ? ', which comes when its reader is slow,' : ''} arrives whole`, async (t) => {
      const { client, far, received } = await startAnswers(t)
      client.write(isLater ? big : big + bytes)
      if (isLater) {
        client.pause()
        const socket = await until('the connection', () => far[0])
        await until('the response to be held', () => socket.writableNeedDrain)
        await standstill(() => socket.bytesWritten)
        client.write(bytes)
        await until('all to be read', () => socket.bytesRead === big.length + bytes.length)
        client.resume()
      }
      await until('both answers', () => received().bytes > bigBytes && answer.test(received().end))
    })
  }

  test(`a client that does not read the end of an answer in front of ${what} is cut`, async (t) => {
    const { client, far, held } = await startAnswers(t, { BODY_IDLE_TIMEOUT_MS: '100' })
    client.pause()
    client.write(slow + bytes)
    const res = await until('the request', () => held[0])
    const socket = far[0] as Socket
    const filler = Buffer.alloc(1_000_000)
    while (socket.write(filler)) { /* until the kernel takes no more */ }
    res.end('slow answer')
    await until('the connection to be closed', () => socket.destroyed)
  })

  test(`a client that resets is noticed while ${what} waits for its turn`, async (t) => {
    const { app, client, far, held, isReleased } = await startAnswers(t)
    client.write(slow + bytes)
    await until('the request', () => held[0])
    client.resetAndDestroy()
    await until('the backend to be let go', isReleased)
    await until('the exchange to be over', () => app.forwarder.openExchanges === 0)
    assert.equal(far[0]?.destroyed, true)
    assert.equal(app.listener.tunnels, 0)
  })
}

test('a client that ends its side behind an upgrade that is ignored gets its answers', async (t) => {
  const { backend, client, held, received } = await startAnswers(t)
  client.end(`${slow}${h2c}GET /next HTTP/1.1\r\nHost: h\r\n\r\n${h2c}`)
  const res = await until('the request', () => held[0])
  await standstill(() => backend.requests.length)
  res.end('slow answer')
  await until('the end', () => client.closed)
  assert.deepEqual(received().end.match(/\w+ answer/g), ['slow answer', 'last answer', 'last answer', 'last answer'])
})

test('an end that is read in the very moment of its turn does not stop an upgrade that is ignored', async (t) => {
  const { app, client, far, held, received } = await startAnswers(t)
  app.server.prependOnceListener('request', (_req, res: ServerResponse) => {
    res.prependOnceListener('close', () => { far[0]?.push(null) })
  })
  client.write(slow + h2c)
  const res = await until('the request', () => held[0])
  res.end('slow answer')
  await until('both answers', () => received().end.endsWith('last answer'))
})

test('of what a client sends behind an upgrade that is ignored little is read before its turn, and all of it arrives', async (t) => {
  const { backend, client, far, held, received } = await startAnswers(t)
  client.write(`${slow}${h2c}POST /post HTTP/1.1\r\nHost: h\r\nContent-Length: ${bigBytes}\r\nConnection: close\r\n\r\n`)
  client.write(Buffer.alloc(bigBytes))
  const res = await until('the request', () => held[0])
  const socket = far[0] as Socket
  await standstill(() => socket.bytesRead)
  assert.ok(socket.bytesRead <= 2 * 65_536 + 1024, `${socket.bytesRead} bytes were read`)
  res.end('slow answer')
  await until('the end', () => client.closed)
  assert.deepEqual(received().end.match(/\w+ answer/g), ['slow answer', 'last answer', 'last answer'])
  assert.ok(socket.bytesRead > bigBytes)
  assert.deepEqual(backend.requests.map(({ url }) => url), ['/slow', '/last', '/post'])
})

test('an upgrade that is ignored behind more requests than may wait, and what follows it, are answered', async (t) => {
  const { backend, client, held, received } = await startAnswers(t)
  const get = 'GET /next HTTP/1.1\r\nHost: h\r\n\r\n'
  client.write(slow + get.repeat(40) + h2c + get)
  const res = await until('the request', () => held[0])
  client.write(get.repeat(2))
  await standstill(() => backend.requests.length)
  res.end('slow answer')
  await until('all answers', () => backend.requests.length === 45 && received().end.endsWith('last answer'))
})
