import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { neverAnswers, startBackend } from '../helpers/backend.ts'
import { startByteClient } from '../helpers/bytes.ts'
import { FakeClock } from '../helpers/clock.ts'
import { startGateway } from '../helpers/gateway.ts'
import { standstill, until } from '../helpers/until.ts'
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
    assertRefused(await client.hears('}'), 408, backend)
    assert.equal(gateway.app.registry.backends()[0]?.inFlight, 0)
  })
}

test('a client that does not read the end of an answer is cut', async (t) => {
  const { gateway } = await startTarget(t, { BODY_IDLE_TIMEOUT_MS: '100' })
  let near: Socket | undefined
  gateway.app.server.on('connection', (socket) => { near = socket })
  const client = await openClient(t, gateway.port)
  client.pause()
  const socket = await until('the connection', () => near)
  // The kernel's buffers are full: what comes next waits in the gateway.
  const filler = Buffer.alloc(1_000_000)
  while (socket.write(filler)) { /* until it is held */ }
  client.write('GET /next HTTP/1.1\r\nHost: h\r\n\r\n')
  await until(
    'the backend to be let go',
    () => gateway.app.forwarder.openExchanges === 1 && gateway.app.registry.backends()[0]?.inFlight === 0
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
  assert.equal(gateway.app.registry.backends()[0]?.inFlight, 1)
  clock.advance(1700)
  await until('the lease to be settled', () => gateway.app.registry.backends()[0]?.inFlight === 0)
  await assertServes(gateway)
})
