import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders } from 'node:http2'
import { test, type TestContext } from 'node:test'
import { startBackend, startRawBackend } from '../helpers/backend.ts'
import { startByteClient } from '../helpers/bytes.ts'
import { preface } from '../helpers/frames.ts'
import { startAnyGateway } from '../helpers/any-gateway.ts'
import { startGateway } from '../helpers/gateway.ts'
import { connectTls, startAnyTlsGateway } from '../helpers/tls.ts'
import { until } from '../helpers/until.ts'

function open (t: TestContext, url: string): ClientHttp2Session {
  const session = connect(url, { rejectUnauthorized: false })
  session.on('error', () => {})
  t.after(() => { session.destroy() })
  return session
}

interface Answer {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly trailers: IncomingHttpHeaders | undefined
}

async function answerOf (stream: ClientHttp2Stream): Promise<Answer> {
  const pieces: Buffer[] = []
  let headers: IncomingHttpHeaders = {}
  let trailers: IncomingHttpHeaders | undefined
  stream.on('response', (got) => { headers = got })
  stream.on('trailers', (got) => { trailers = got })
  stream.on('data', (piece: Buffer) => { pieces.push(piece) })
  await once(stream, 'close')
  assert.equal(stream.rstCode, 0)
  return { headers, body: Buffer.concat(pieces), trailers }
}

test('a request by h2c is that of HTTP/1.1 for its backend', async (t) => {
  const backend = await startBackend(t, (req, res) => { res.end(JSON.stringify([req.method, req.url, req.httpVersion, req.headers])) })
  const gateway = await startAnyGateway(t, { BACKENDS: backend.url })
  const session = open(t, gateway.url)
  const said = { ':path': '/a?b', ':authority': 'shop.example', cookie: ['a=1', 'b=2'], x: 'y' }
  const { headers, body } = await answerOf(session.request(said))
  assert.equal(headers[':status'], 200)
  const [method, url, version, seen] = JSON.parse(body.toString()) as [string, string, string, Record<string, string>]
  assert.deepEqual([method, url, version], ['GET', '/a?b', '1.1'])
  assert.deepEqual([seen['x'], seen['cookie']], ['y', 'a=1; b=2'])
  assert.deepEqual([seen['x-forwarded-proto'], seen['x-forwarded-host']], ['http', 'shop.example'])
  assert.equal(headers['x-request-id'], seen['x-request-id'])
})

test('a scheme says nothing: what a backend is told follows from the connection, or from a proxy that is trusted', async (t) => {
  const backend = await startBackend(t, (req, res) => { res.end(String(req.headers['x-forwarded-proto'])) })
  const plain = await startAnyGateway(t, { BACKENDS: backend.url })
  const trusting = await startAnyGateway(t, { BACKENDS: backend.url, TRUST_PROXY: '127.0.0.1' })
  const secure = await startAnyTlsGateway(t, { BACKENDS: backend.url })
  for (const [url, headers, proto] of [
    [plain.url, { ':scheme': 'https' }, 'http'],
    [plain.url, { ':scheme': 'HTTPS', 'x-forwarded-proto': 'https' }, 'http'],
    [trusting.url, { ':scheme': 'https' }, 'http'],
    [trusting.url, { ':scheme': 'http', 'x-forwarded-proto': 'https' }, 'https'],
    [`https://localhost:${secure.tlsPort}`, { ':scheme': 'http' }, 'https']
  ] as const) {
    const { headers: { ':status': status }, body } = await answerOf(open(t, url).request({ ':path': '/', ...headers }))
    assert.deepEqual([status, body.toString()], [200, proto])
  }
})

test('bodies of a megabyte go both ways at once on many streams, by TLS', async (t) => {
  const backend = await startBackend(t, (req, res) => { req.pipe(res) })
  const gateway = await startAnyTlsGateway(t, { BACKENDS: backend.url })
  const session = open(t, `https://localhost:${gateway.tlsPort}`)
  const body = Buffer.alloc(1_000_000, 'evenkeel')
  const answers = await Promise.all(Array.from({ length: 8 }, async (_, i) => {
    const stream = session.request({ ':method': 'POST', ':path': `/${i}` })
    stream.end(body)
    return answerOf(stream)
  }))
  for (const answer of answers) assert.ok(answer.body.equals(body))
  assert.equal(session.alpnProtocol, 'h2')
  assert.equal((await gateway.counts()).exchanges, 0)
})

test('early hints and trailers pass', async (t) => {
  const backend = await startBackend(t, (_req, res) => {
    res.writeEarlyHints({ link: '</a.css>' })
    res.writeHead(200, { trailer: 'x-sum' })
    res.write('abc')
    res.addTrailers({ 'x-sum': '1' })
    res.end()
  })
  const gateway = await startAnyGateway(t, { BACKENDS: backend.url })
  const stream = open(t, gateway.url).request({ ':path': '/' })
  const hints: unknown[] = []
  stream.on('headers', (headers) => { hints.push([headers[':status'], headers['link']]) })
  const { body, trailers } = await answerOf(stream)
  assert.deepEqual([body.toString(), trailers?.['x-sum'], hints], ['abc', '1', [[103, '</a.css>']]])
})

test('a body that its backend cuts is reset, however it is framed', async (t) => {
  for (const framing of ['Content-Length: 100', 'Transfer-Encoding: chunked']) {
    const part = framing.startsWith('C') ? 'part' : '4\r\npart\r\n'
    const { url } = await startRawBackend(t, (socket) => {
      socket.once('data', (head) => {
        if (String(head).startsWith('GET /health ')) socket.end('HTTP/1.1 204 No Content\r\n\r\n')
        else socket.write(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n${part}`, () => { socket.destroy() })
      })
    })
    const gateway = await startAnyGateway(t, { BACKENDS: url })
    const stream = open(t, gateway.url).request({ ':path': '/' })
    stream.on('error', () => {})
    stream.resume()
    await until('the end', () => stream.closed)
    assert.equal(stream.rstCode, constants.NGHTTP2_INTERNAL_ERROR, framing)
  }
})

test('a client that resets its stream takes the request from its backend', async (t) => {
  let isAborted = false
  const backend = await startBackend(t, (req) => { req.on('close', () => { isAborted = true }) })
  const gateway = await startAnyGateway(t, { BACKENDS: backend.url })
  const stream = open(t, gateway.url).request({ ':path': '/' })
  stream.on('error', () => {})
  await until('the request', () => backend.requests.length === 1)
  stream.close(constants.NGHTTP2_CANCEL)
  await until('the end at the backend', () => isAborted)
  await until('the end of the request', async () => (await gateway.counts()).busy === 0)
})

test('what HTTP/1.1 answers by status is answered alike', async (t) => {
  const backend = await startBackend(t, (_req, res) => { res.end() })
  const gateway = await startAnyGateway(t, { BACKENDS: backend.url, MAX_BODY_BYTES: '10' })
  const session = open(t, gateway.url)
  const upload = session.request({ ':method': 'POST', ':path': '/', 'content-length': '11' })
  upload.end('12345678901')
  assert.equal((await answerOf(upload)).headers[':status'], 413)
  const two = session.request({ ':path': '/', ':authority': 'a.example', host: 'b.example' })
  assert.equal((await answerOf(two)).headers[':status'], 400)
})

test('a drain lets requests finish, and ends the connection', async (t) => {
  const backend = await startBackend(t, (_req, res) => { held = res })
  let held: { end (body: string): void } | undefined
  const gateway = await startGateway(t, { BACKENDS: backend.url })
  const session = open(t, gateway.url)
  const answer = answerOf(session.request({ ':path': '/' }))
  const other = open(t, gateway.url)
  await once(other, 'remoteSettings')
  const answers = await until('the request', () => held)
  const closed = [once(session, 'close'), once(other, 'close')]
  const drained = gateway.app.drain()
  await once(session, 'goaway')
  answers.end('last')
  assert.equal((await answer).body.toString(), 'last')
  await drained
  await Promise.all(closed)
})

test('a WebSocket by HTTP/2 reaches a backend that speaks HTTP/1.1', async (t) => {
  const backend = await startBackend(t, (_req, res) => { res.end() })
  backend.server.on('upgrade', (req, socket) => {
    const accept = createHash('sha1').update(`${req.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`)
    socket.pipe(socket)
  })
  const gateway = await startAnyGateway(t, { BACKENDS: backend.url })
  const session = open(t, gateway.url)
  await once(session, 'remoteSettings')
  const stream = session.request({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/chat', ':scheme': 'http' })
  const [headers] = await once(stream, 'response') as [IncomingHttpHeaders]
  assert.equal(headers[':status'], 200)
  stream.write('ping')
  assert.equal(String((await once(stream, 'data'))[0]), 'ping')
  assert.equal((await gateway.counts()).tunnels, 1)
  stream.end()
  await once(stream, 'close')
  await until('the tunnel to be over', async () => (await gateway.counts()).tunnels === 0)
})

test('HTTP2=false: the preface is refused, ALPN offers HTTP/1.1, and no backend sees any of it', async (t) => {
  const backend = await startBackend(t, (_req, res) => { res.end() })
  const gateway = await startAnyTlsGateway(t, { BACKENDS: backend.url, HTTP2: 'false' })
  const client = await startByteClient(t, gateway.port, preface)
  assert.match(await client.hearsTheEnd(), /^HTTP\/1\.1 400 [^]*not HTTP\/2/)
  const socket = await connectTls(t, gateway.tlsPort, { servername: 'localhost', ALPNProtocols: ['h2', 'http/1.1'] })
  assert.equal(socket.alpnProtocol, 'http/1.1')
  assert.deepEqual(backend.requests, [])
})
