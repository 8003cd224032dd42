import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { startBackend } from '../helpers/backend.ts'
import { startByteClient } from '../helpers/bytes.ts'
import { startAnyGateway } from '../helpers/any-gateway.ts'
import { startGateway } from '../helpers/gateway.ts'
import { startBrokenBackend } from '../helpers/raw-backend.ts'
import { until } from '../helpers/until.ts'
import { attack, openClient } from '../helpers/wire.ts'

const slow = 'GET /slow HTTP/1.1\r\nHost: h\r\n\r\n'

/** A gateway before a backend that answers `/slow` when the test says so, and all else at once; and a client that has sent these bytes. */
async function startSlow (t: TestContext, bytes: string) {
  let held: ServerResponse | undefined
  const backend = await startBackend(t, (req, res) => {
    if (req.url?.startsWith('/slow')) held = res
    else res.end(req.url)
  })
  const gateway = await startAnyGateway(t, { BACKENDS: backend.url })
  const client = await openClient(t, gateway.port)
  let received = ''
  client.setEncoding('latin1').on('data', (piece) => { received += piece })
  client.write(bytes)
  await until('the slow request to arrive', () => held)
  return { backend, gateway, client, received: () => received, answer: () => { held?.end('slow answer') } }
}

for (const [what, next, status, body] of [
  ['bytes that are no request', 'GARBAGE GARBAGE\r\n\r\n', 400, 'EVENKEEL_BAD_REQUEST'],
  ['a request without Host', 'GET / HTTP/1.1\r\n\r\n', 400, 'EVENKEEL_BAD_REQUEST'],
  ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n', 405, 'EVENKEEL_METHOD_NOT_ALLOWED'],
  ['a body that is none', 'POST /next HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nXYZ\r\n', 400, 'EVENKEEL_BAD_REQUEST'],
  ['a head that is too long', `GET / HTTP/1.1\r\nHost: h\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'EVENKEEL_HEADERS_TOO_LARGE']
] as const) {
  test(`the answer to ${what} behind a slow request is not taken for that request's`, async (t) => {
    const { gateway, client, received, answer } = await startSlow(t, slow + next)
    client.write('\r\n')
    assert.equal(received(), '')
    answer()
    await until('the end', () => client.closed)
    assert.match(received(), new RegExp(`^HTTP/1\\.1 200 [^]*slow answerHTTP/1\\.1 ${status} [^]*${body}`))
    assert.equal(received().match(/HTTP\/1\.1 /g)?.length, 2)
    assert.equal((await gateway.counts()).exchanges, 0)
  })
}

test('an upgrade behind a slow request waits for its turn', async (t) => {
  const { backend, client, received, answer, gateway } = await startSlow(
    t,
    `${slow}GET /tunnel HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly`
  )
  backend.server.on('upgrade', (_req, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
    socket.pipe(socket)
  })
  assert.equal(received(), '')
  answer()
  await until('the tunnel', () => received().endsWith('early'))
  assert.match(received(), /^HTTP\/1\.1 200 [^]*slow answerHTTP\/1\.1 101 /)
  client.write(' and late')
  await until('the echo', () => received().endsWith('early and late'))
  client.destroy()
  await until('the tunnel to be closed', async () => (await gateway.counts()).tunnels === 0)
})

test('an expectation that is not known passes, and an upgrade after it waits for its answer', async (t) => {
  const { client, received, answer, backend } = await startSlow(
    t,
    `${slow}GET / HTTP/1.1\r\nHost: h\r\nExpect: nonsense\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n`
  )
  answer()
  await until('the end', () => client.closed)
  assert.deepEqual(received().match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 417', 'HTTP/1.1 200'])
  assert.equal(backend.requests.length, 2, 'node:http refuses it, as a backend')
})

test('an upgrade behind a request that the gateway answers at once is answered after it', async (t) => {
  const gateway = await startAnyGateway(t, {})
  const upgrade = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'
  const received = await attack(gateway.port, `GET / HTTP/1.1\r\nHost: h\r\n\r\n${upgrade}`)
  assert.equal(received.match(/HTTP\/1\.1 503 /g)?.length, 2)
})

test('what a client sends behind an upgrade before its turn, its end included, reaches the backend', async (t) => {
  const { backend, client, received, answer } = await startSlow(
    t,
    `${slow}GET /tunnel HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\none`
  )
  backend.server.on('upgrade', (_req, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
    socket.pipe(socket)
  })
  client.write(' two')
  client.end(' three')
  answer()
  await until('the end', () => client.closed)
  assert.match(received(), /slow answerHTTP\/1\.1 101 [^]*one two three$/)
})

test('a client that leaves before the turn of its upgrade leaves nothing behind', async (t) => {
  const { client, gateway } = await startSlow(t, `${slow}GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n`)
  client.resetAndDestroy()
  await until('the request to be over', async () => {
    const { exchanges, tunnels } = await gateway.counts()
    return exchanges === 0 && tunnels === 0
  })
})

for (const next of [
  'GET /next HTTP/1.1\r\nHost: h\r\n\r\n',
  'PUT /next HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi'
]) {
  test(`${next.slice(0, 9)} is asked for when what came before it has its answer, since it may depend on that`, async (t) => {
    const { backend, received, answer } = await startSlow(t, `PUT /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi${next}`)
    assert.deepEqual(
      backend.requests.map(({ url }) => url),
      ['/slow']
    )
    answer()
    await until('the second answer', () => received().endsWith('/next'))
    assert.match(received(), /slow answer[^]*\/next$/)
  })
}

test('a long pipeline is answered whole and in its order', async (t) => {
  const backend = await startBackend(t, (req, res) => { res.end(`${req.url}\n`) })
  const gateway = await startAnyGateway(t, { BACKENDS: backend.url })
  const paths = Array.from({ length: 120 }, (_, i) => `/${i}`)
  const received = await attack(
    gateway.port,
    paths.map((path, i) => `GET ${path} HTTP/1.1\r\nHost: h\r\n${i === 119 ? 'Connection: close\r\n' : ''}\r\n`).join('')
  )
  assert.deepEqual(received.match(/^\/\d+$/gm), paths)
})

test('a pipeline that comes in pieces is read no faster than it is answered, however long it is', async (t) => {
  const { client, received, answer } = await startSlow(t, slow)
  const head = `GET /next HTTP/1.1\r\nHost: h\r\nX-A: ${'a'.repeat(4000)}\r\n\r\n`
  // More than the buffers of the kernel hold.
  for (let i = 0; i < 4000; i++) client.write(head)
  client.write('GET /last HTTP/1.1\r\nHost: h\r\n\r\n')
  await until('the gateway to read no more', () => client.writableLength > 0)
  answer()
  await until('the last answer', () => received().endsWith('/last'))
  assert.equal(received().match(/\/next/g)?.length, 4000)
})

test('a pipeline without end waits in the kernel, and takes no more than one request\'s room', async (t) => {
  const backend = await startBrokenBackend(t, '')
  const gateway = await startGateway(t, { BACKENDS: backend.url })
  const far: Socket[] = []
  gateway.app.server.on('connection', (socket: Socket) => { far.push(socket) })
  const client = await startByteClient(t, gateway.port, slow)
  await until('the first request to arrive', () => backend.targets.length > 0)
  client.say(slow.repeat(200_000))
  await until('the gateway to read no more', () => far[0]?.isPaused() === true)
  assert.ok(Number(far[0]?.bytesRead) < 200_000)
  assert.deepEqual(backend.targets, ['/slow'])
})
