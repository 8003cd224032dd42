import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { connect, constants, createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { test, type TestContext } from 'node:test'
import { startAnyGateway, type AnyGateway } from '../../helpers/any-gateway.ts'
import { listen, startRawBackend } from '../../helpers/backend.ts'
import { signed } from '../../helpers/certificate.ts'
import { send } from '../../helpers/client.ts'
import { startWithFile } from '../../helpers/config-gateway.ts'
import { startGateway } from '../../helpers/gateway.ts'
import { answer, startHttp2Backend } from '../../helpers/http2-backend.ts'
import { until } from '../../helpers/until.ts'

interface Heard {
  readonly status: number | undefined
  readonly body: string
  readonly trailers: IncomingHttpHeaders
  readonly informational: readonly IncomingHttpHeaders[]
}

/** What a client of HTTP/2 is answered. */
function ask (t: TestContext, url: string, headers: Record<string, string>): Promise<Heard> {
  const session = connect(url)
  t.after(() => { session.destroy() })
  const stream = session.request(headers)
  const informational: IncomingHttpHeaders[] = []
  let status: number | undefined
  let body = ''
  let trailers: IncomingHttpHeaders = {}
  stream.on('headers', (head) => { informational.push(head) })
  stream.on('response', (head) => { status = head[':status'] })
  stream.on('trailers', (fields) => { trailers = fields })
  stream.on('data', (bytes) => { body += String(bytes) })
  return new Promise((resolve, reject) => {
    stream.on('error', reject)
    stream.on('close', () => { resolve({ status, body, trailers, informational }) })
  })
}

test('a request goes to a backend by HTTP/2, with the headers of the gateway and none of a connection', async (t) => {
  const backend = await startHttp2Backend(t, (stream) => { answer(stream) })
  const { url } = await startAnyGateway(t, { BACKENDS: backend.url })
  const { status, body, headers } = await send(`${url}/a?b=c`, { headers: { connection: 'x-hop', 'x-hop': '1', cookie: 'a=1' } })
  assert.deepEqual([status, body, headers['content-length']], [200, 'from h2', '7'])
  const [seen] = backend.seen
  assert.deepEqual(
    [seen?.[':method'], seen?.[':path'], seen?.[':scheme'], seen?.[':authority'], seen?.cookie, seen?.['x-hop'], seen?.host],
    ['GET', '/a?b=c', 'http', new URL(url).host, 'a=1', undefined, undefined])
  assert.equal(seen?.['x-forwarded-for'], '127.0.0.1')
})

test('many requests share one connection, and a body is whole both ways', async (t) => {
  const backend = await startHttp2Backend(t, (stream) => {
    stream.respond({ ':status': 200 })
    stream.pipe(stream)
  })
  const { url } = await startGateway(t, { BACKENDS: `${backend.url};check=tcp` })
  const sent = Buffer.alloc(3_000_000, 'some bytes that are not all the same ')
  const answers = await Promise.all(Array.from({ length: 20 }, () => send(url, { method: 'POST', body: sent.toString('latin1') })))
  const hash = (data: string | Buffer) => createHash('sha1').update(data).digest('hex')
  assert.deepEqual(new Set(answers.map(({ body }) => hash(Buffer.from(body, 'latin1')))), new Set([hash(sent)]))
  assert.equal(backend.sessions, 1)
})

test('trailers come back and TE goes there, from a client of HTTP/2', async (t) => {
  const backend = await startHttp2Backend(t, (stream) => {
    stream.respond({ ':status': 200 }, { waitForTrailers: true })
    stream.on('wantTrailers', () => { stream.sendTrailers({ 'grpc-status': '0' }) })
    stream.end('x')
  })
  const { url } = await startAnyGateway(t, { BACKENDS: backend.url })
  const answered = await ask(t, url, { ':path': '/', te: 'trailers' })
  assert.deepEqual([answered.status, answered.body, answered.trailers['grpc-status']], [200, 'x', '0'])
  assert.equal(backend.seen[0]?.te, 'trailers')
})

test('an answer without a body, to HEAD, and of 204 and 304 is whole', async (t) => {
  const backend = await startHttp2Backend(t, (stream, headers) => {
    stream.respond({ ':status': Number(String(headers[':path']).slice(1)), 'content-length': 5 }, { endStream: true })
  })
  const { url } = await startAnyGateway(t, { BACKENDS: `${backend.url};check=tcp` })
  for (const [method, status] of [['HEAD', 200], ['GET', 304]] as const) {
    const answered = await send(`${url}/${status}`, { method })
    assert.deepEqual([answered.status, answered.body], [status, ''])
  }
})

test('informational heads reach the client before the final one', async (t) => {
  const backend = await startHttp2Backend(t, (stream) => {
    stream.additionalHeaders({ ':status': 103, link: '</a.css>; rel=preload' })
    answer(stream)
  })
  const { url } = await startAnyGateway(t, { BACKENDS: backend.url })
  const { informational } = await ask(t, url, { ':path': '/' })
  assert.deepEqual(informational.map((head) => [head[':status'], head['link']]), [[103, '</a.css>; rel=preload']])
})

test('another connection is made when one is nearly full, and no stream is refused', async (t) => {
  const open: ServerHttp2Stream[] = []
  const backend = await startHttp2Backend(t, (stream) => { open.push(stream) }, { maxConcurrentStreams: 10 })
  const { url } = await startGateway(t, { BACKENDS: `${backend.url};check=tcp` })
  const first = send(url)
  await until('the first', () => open.length === 1)
  const answers = [first, ...Array.from({ length: 19 }, () => send(url))]
  await until('all of them', () => open.length === 20)
  assert.ok(backend.sessions >= 2 && backend.sessions <= 4, String(backend.sessions))
  for (const stream of open) answer(stream)
  for (const { status } of await Promise.all(answers)) assert.equal(status, 200)
})

test('a client that leaves has its stream cancelled, and the connection goes on', async (t) => {
  let codes: number[] = []
  const backend = await startHttp2Backend(t, (stream, headers) => {
    if (headers[':path'] === '/fast') return answer(stream)
    stream.respond({ ':status': 200 })
    stream.write('x')
    stream.on('close', () => { codes = [...codes, stream.rstCode ?? -1] })
  })
  const { url } = await startGateway(t, { BACKENDS: `${backend.url};check=tcp`, ABORT_ON_CLIENT_END: 'true' })
  const controller = new AbortController()
  const response = await fetch(`${url}/slow`, { signal: controller.signal })
  assert.equal(response.status, 200)
  controller.abort()
  await until('the cancel', () => codes.length === 1)
  assert.deepEqual(codes, [constants.NGHTTP2_CANCEL])
  assert.equal((await send(`${url}/fast`)).status, 200)
  assert.equal(backend.sessions, 1)
})

test('a client that takes in nothing holds its own stream, and others of the connection flow', async (t) => {
  const backend = await startHttp2Backend(t, (stream, headers) => {
    if (headers[':path'] === '/fast') return answer(stream)
    stream.respond({ ':status': 200 })
    // More than Node's server keeps for a connection would have it refuse the others.
    stream.end(Buffer.alloc(5_000_000))
  })
  const { url } = await startGateway(t, { BACKENDS: `${backend.url};check=tcp` })
  const held = await fetch(`${url}/large`)
  for (let i = 0; i < 50; i++) assert.equal((await send(`${url}/fast`)).body, 'from h2')
  assert.equal((await held.arrayBuffer()).byteLength, 5_000_000)
  assert.equal(backend.sessions, 1)
})

test('a backend by TLS is asked for h2, and one that has none gets no request', async (t) => {
  const server = createSecureServer(signed)
  server.on('stream', (stream, headers) => { answer(stream, String(headers[':scheme'])) })
  const port = await listen(server)
  t.after(() => { server.close() })
  const file = (what: string): string =>
    `services: { default: { backends: ['https://localhost:${port}${what}'], tls: { verify: false } } }`
  const gateway = await startWithFile(t, file(';proto=h2'))
  assert.equal((await send(gateway.url)).body, 'https')
})

test('a WebSocket goes over a connection of its own by HTTP/1.1', async (t) => {
  const { url } = await startRawBackend(t, (socket) => {
    socket.once('data', (bytes) => {
      socket.write(String(bytes).startsWith('GET /socket HTTP/1.1')
        ? 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n'
        : 'HTTP/1.1 400 Bad Request\r\n\r\n')
    })
  })
  const gateway = await startAnyGateway(t, { BACKENDS: `${url.replace('http:', 'h2c:')};check=tcp` })
  const { status } = await upgradeOf(gateway, '/socket')
  assert.equal(status, 101)
})

async function upgradeOf ({ url }: Pick<AnyGateway, 'url'>, path: string): Promise<{ status: number }> {
  return new Promise((resolve, reject) => {
    const req = request(`${url}${path}`, { headers: { connection: 'Upgrade', upgrade: 'echo' } })
    req.on('upgrade', ({ statusCode = 0 }, socket) => {
      socket.destroy()
      resolve({ status: statusCode })
    })
    req.on('response', ({ statusCode = 0 }) => { resolve({ status: statusCode }) })
    req.on('error', reject)
    req.end()
  })
}
