import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { answers, neverAnswers, startBackend } from '../helpers/backend.ts'
import { startByteClient, type ByteEnd } from '../helpers/bytes.ts'
import { FakeClock } from '../helpers/clock.ts'
import { buildApp, inFlight, startGateway } from '../helpers/gateway.ts'
import { settled, standstill, until } from '../helpers/until.ts'
import { assertRefused, assertServes, attack, openClient, startTarget } from '../helpers/wire.ts'

for (const [name, bytes] of Object.entries({
  'sends nothing': '',
  'stops in its request line': 'GET / HT',
  'stops in its headers': 'GET / HTTP/1.1\r\nHost: h\r\nX-A: '
})) {
  test(`a client that ${name} gets 408 when its time is over`, async (t) => {
    const { backend, gateway } = await startTarget(t, { REQUEST_HEADER_TIMEOUT_MS: '100' })
    assertRefused(await attack(gateway.port, bytes), 408, backend)
    assert.equal(backend.requests.length, 0)
    await assertServes(gateway)
  })
}

for (const [name, bytes] of Object.entries({
  length: 'Content-Length: 100\r\n\r\nabc',
  chunks: 'Transfer-Encoding: chunked\r\n\r\n10\r\nabc'
})) {
  test(`a client that stops in a body with ${name} gets 408, and its backend is let go`, async (t) => {
    const clock = new FakeClock()
    const backend = await startBackend(t, neverAnswers)
    const gateway = await startGateway(t, { BACKENDS: backend.url, BODY_IDLE_TIMEOUT_MS: '1700' }, { clock })
    const client = await startByteClient(t, gateway.port, `POST / HTTP/1.1\r\nHost: h\r\n${bytes}`)
    await clock.letPass(1700)
    const answer = await client.hears('}')
    assertRefused(answer, 408, backend)
    assert.match(answer, /^Connection: close\r$/m)
    assert.equal(inFlight(gateway), 0)
  })
}

test('a client that has its answer early has BODY_IDLE_TIMEOUT_MS for each piece of the rest of its body, and 30 s for all', async (t) => {
  const clock = new FakeClock()
  const app = await buildApp(t, { BODY_IDLE_TIMEOUT_MS: '1700' }, { clock })
  app.addHook('onRequest', async (_request, reply) => reply.code(401).send('no'))
  const sockets: Socket[] = []
  app.server.on('connection', (socket: Socket) => { sockets.push(socket) })
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const start = async (): Promise<ByteEnd> => {
    const client = await startByteClient(t, Number(port), 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nabc')
    await client.hears('no')
    return client
  }
  const silent = await start()
  await clock.letPass(1700)
  await silent.hearsTheEnd()

  const slow = await start()
  const far = sockets.at(-1) as Socket
  for (let passedMs = 0; passedMs < 30_000; passedMs += 1000) {
    assert.equal(slow.isOver(), false)
    const { bytesRead } = far
    slow.say('x')
    await until('the piece to arrive', () => far.bytesRead > bytesRead)
    await settled()
    clock.advance(1000)
  }
  await slow.hearsTheEnd()
})

test('a client that does not read the end of an answer is cut', async (t) => {
  const backend = await startBackend(t, answers('hello'))
  const gateway = await startGateway(t, { BACKENDS: backend.url, BODY_IDLE_TIMEOUT_MS: '100' })
  let near: Socket | undefined
  gateway.app.server.on('connection', (socket) => { near = socket })
  const client = await openClient(t, gateway.port)
  client.pause()
  const socket = await until('the connection', () => near)
  // The kernel's buffers are full: what comes next waits in the gateway.
  const filler = Buffer.alloc(1_000_000)
  while (socket.writableLength === 0) socket.write(filler)
  client.write('GET /next HTTP/1.1\r\nHost: h\r\n\r\n')
  await until(
    'the backend to be let go',
    () => gateway.app.forwarder.openExchanges === 1 && inFlight(gateway) === 0
  )
  await until('the connection to be closed', () => socket.destroyed)
  await until('the exchange to be over', () => gateway.app.forwarder.openExchanges === 0)
})

test('a client that never reads is cut, and its backend is let go', async (t) => {
  const clock = new FakeClock()
  const piece = Buffer.alloc(1_000_000)
  let written = 0
  const backend = await startBackend(t, (req, res) => {
    if (req.url === '/next') { res.end('hello'); return }
    const fill = (): void => {
      do written++
      while (res.write(piece))
    }
    res.on('drain', fill)
    fill()
  })
  const gateway = await startGateway(t, { BACKENDS: backend.url, BODY_IDLE_TIMEOUT_MS: '1700' }, { clock })
  const client = await openClient(t, gateway.port)
  client.pause()
  client.write('GET /endless HTTP/1.1\r\nHost: h\r\n\r\n')
  await until('the answer to begin', () => written > 0)
  await standstill(() => written)
  assert.equal(inFlight(gateway), 1)
  clock.advance(1700)
  await until('the lease to be settled', () => inFlight(gateway) === 0)
  await assertServes(gateway)
})
