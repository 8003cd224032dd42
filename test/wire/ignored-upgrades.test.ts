import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { startBackend } from '../helpers/backend.ts'
import { startAnyGateway } from '../helpers/any-gateway.ts'
import { startGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'
import { assertRefused, assertServes, attack, openClient, startTarget } from '../helpers/wire.ts'

const h2c = 'Host: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n'
const next = 'GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'

/** A gateway before a backend that answers with what it was asked, and takes no upgrade; and a client. */
async function startEcho (t: TestContext, settings: Record<string, string> = {}, start = startAnyGateway) {
  const upgrades: IncomingMessage[] = []
  const backend = await startBackend(t, (req, res) => {
    let body = ''
    req.setEncoding('latin1').on('data', (piece) => { body += piece })
    req.on('end', () => { res.end(`<${req.method} ${req.url} ${body}>`) })
  })
  backend.server.on('upgrade', (req: IncomingMessage, socket: Socket) => {
    upgrades.push(req)
    socket.end('HTTP/1.1 501 No\r\nContent-Length: 0\r\n\r\n')
  })
  const gateway = await start(t, { BACKENDS: backend.url, ...settings })
  const client = await openClient(t, gateway.port)
  let received = ''
  client.setEncoding('latin1').on('data', (piece) => { received += piece })
  return { backend, gateway, client, upgrades, received: () => received }
}

for (const [what, head, body, answer] of [
  ['a length', 'POST /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\nContent-Length: 5\r\n\r\n', 'hello', '<POST /a hello>'],
  [
    'chunks', 'POST /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\nTransfer-Encoding: chunked\r\n\r\n',
    '5\r\nhello\r\n0\r\n\r\n', '<POST /a hello>'
  ],
  ['h2c', `POST /a HTTP/1.1\r\n${h2c}Content-Length: 5\r\n\r\n`, 'hello', '<POST /a hello>'],
  ['h2c, and no body', `GET /a HTTP/1.1\r\n${h2c}\r\n`, '', '<GET /a >'],
  ['HTTP/1.0', 'GET /a HTTP/1.0\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n', '', '<GET /a >'],
  [
    'HTTP/1.0, and a body', 'POST /a HTTP/1.0\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\nContent-Length: 5\r\n\r\n', 'hello',
    '<POST /a hello>'
  ]
] as const) {
  for (const isInPieces of [false, true]) {
    test(`a request to upgrade with ${what} is served as if it did not ` +
      `ask${isInPieces ? ', also when it comes in pieces' : ''}`, async (t) => {
      const { backend, gateway, client, upgrades, received } = await startEcho(t)
      client.write(isInPieces ? head : head + body)
      if (isInPieces) {
        // Of the body's pieces, the first is sent when the head has been read.
        if (body !== '') await until('the head to arrive', () => backend.requests.length > 0)
        for (const byte of body) client.write(byte)
      }
      await until('the answer', () => received().endsWith(answer) || received().includes(`${answer}\r\n0\r\n`))
      assert.match(received(), /^HTTP\/1\.1 200 /)
      assert.equal(upgrades.length, 0)
      const [request] = backend.requests
      assert.deepEqual([request?.headers.upgrade, request?.headers['http2-settings']], [undefined, undefined])
      assert.equal((await gateway.counts()).tunnels, 0)
      assert.match(await attack(gateway.port, next), /^HTTP\/1\.1 200 [^]*<GET \/next >/)
    })
  }
}

test('requests behind an upgrade that is ignored are answered in their turn', async (t) => {
  const { client, received } = await startEcho(t)
  client.write(`GET /a HTTP/1.1\r\n${h2c}\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\nGET /c HTTP/1.1\r\n${h2c}\r\n${next}`)
  await until('the end', () => client.closed)
  assert.deepEqual(received().match(/<[^>]*>/g), ['<GET /a >', '<GET /b >', '<GET /c >', '<GET /next >'])
})

test('a request behind a body whose upgrade is ignored is answered, or the connection is closed', async (t) => {
  const { client, received } = await startEcho(t)
  client.write(`POST /a HTTP/1.1\r\n${h2c}Content-Length: 5\r\n\r\nhello${next}`)
  await until('the end', () => client.closed)
  const answers = received().match(/<[^>]*>/g)
  if (/^Connection: close/im.test(received().split('<')[0] ?? '')) assert.deepEqual(answers, ['<POST /a hello>'])
  else assert.deepEqual(answers, ['<POST /a hello>', '<GET /next >'])
})

test('an upgrade with Expect that is ignored: its client hears that it may send its body', async (t) => {
  const { client, received } = await startEcho(t)
  client.write(`POST /a HTTP/1.1\r\n${h2c}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n`)
  await until('the word', () => received().includes('100 Continue\r\n\r\n'))
  client.write('hello')
  await until('the answer', () => received().includes('<POST /a hello>'))
})

test('of several protocols, h2c is left out', async (t) => {
  const { client, upgrades, received } = await startEcho(t)
  client.write(
    'GET /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c, websocket\r\nHTTP2-Settings: AAMA\r\n\r\n'
  )
  await until('the answer', () => received().includes('HTTP/1.1 501'))
  assert.deepEqual(upgrades.map(({ headers }) => [headers.upgrade, headers['http2-settings']]), [['websocket', undefined]])
})

for (const [what, bytes] of Object.entries({
  'without a body': `GET /a HTTP/1.1\r\n${h2c}\r\n`,
  'with a body': `POST /a HTTP/1.1\r\n${h2c}Content-Length: 5\r\n\r\nhello`
})) {
  test(`an upgrade ${what} that is ignored waits for its turn`, async (t) => {
    let held: ServerResponse | undefined
    const backend = await startBackend(t, (req, res) => {
      if (held === undefined) held = res
      else res.end(`<${req.url}>`)
    })
    const { counts, port } = await startAnyGateway(t, { BACKENDS: backend.url })
    const client = await openClient(t, port)
    let received = ''
    client.setEncoding('latin1').on('data', (piece) => { received += piece })
    client.write(`GET /slow HTTP/1.1\r\nHost: h\r\n\r\n${bytes}`)
    await until('the slow request', () => held)
    assert.equal(backend.requests.length, 1)
    held?.end('<slow>')
    await until('both answers', () => received.includes('</a>'))
    assert.deepEqual(received.match(/<[^>]*>/g), ['<slow>', '</a>'])
    assert.equal((await counts()).tunnels, 0)
  })
}

for (const isAborting of ['false', 'true']) {
  test(`a hundred upgrades leave no more on their connection than one, with ABORT_ON_CLIENT_END=${isAborting}`, async (t) => {
    const far: Socket[] = []
    const { gateway, client, received } = await startEcho(t, { ABORT_ON_CLIENT_END: isAborting }, async (t, settings) => {
      const gateway = await startGateway(t, settings)
      gateway.app.server.on('connection', (socket: Socket) => { far.push(socket) })
      return gateway
    })
    const ask = async (number: number): Promise<Array<[string | symbol, number]>> => {
      client.write(`GET /${number} HTTP/1.1\r\n${h2c}\r\n`)
      await until('the answer', () => received().endsWith(`<GET /${number} >`) || received().endsWith(`<GET /${number} >\r\n0\r\n\r\n`))
      const socket = far[0] as Socket
      await until('the end of the request', async () => (await gateway.counts()).busy === 0)
      return socket.eventNames().map((name) => [name, socket.listenerCount(name)])
    }
    const afterOne = await ask(1)
    let afterAll = afterOne
    for (let number = 2; number <= 100; number++) afterAll = await ask(number)
    assert.deepEqual(afterAll, afterOne)
    assert.equal(far.length, 1, 'who listens for connections hears of it once')
    assert.equal((await gateway.counts()).tunnels, 0)
  })
}

const othersThanHttp: Record<string, string> = {
  Icecast: 'SOURCE /x ICE/1.0\r\nHost: h\r\n\r\n',
  'RTSP with a method of its own': 'DESCRIBE rtsp://h/x RTSP/1.0\r\nCSeq: 1\r\n\r\n',
  'RTSP with a method of HTTP': 'OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nHost: h\r\n\r\n'
}

for (const [protocol, bytes] of Object.entries(othersThanHttp)) {
  test(`${protocol} is refused`, async (t) => {
    const { backend, gateway } = await startTarget(t)
    assertRefused(await attack(gateway.port, bytes), 400, backend)
    assert.equal(backend.requests.length, 0)
    await assertServes(gateway)
  })
}

test('CONNECT with a body that is still to come is refused', async (t) => {
  const { backend, gateway } = await startTarget(t)
  assertRefused(await attack(gateway.port, 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 5\r\n\r\n'), 405, backend)
  await assertServes(gateway)
})
