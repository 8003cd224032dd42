import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { echoes, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { buildApp, startGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'
import { attack } from '../helpers/wire.ts'

const body = 'a piece of a body, '.repeat(20_000)

test('a body of known length is echoed with its length', async (t) => {
  const backend = await startBackend(t, echoes)
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  const answer = await send(url, { method: 'POST', headers: { 'content-length': String(body.length) }, body })
  assert.equal(answer.status, 200)
  assert.ok(answer.body === body)
  assert.equal(backend.requests[0]?.headers['content-length'], String(body.length))
  assert.equal(backend.requests[0]?.headers['transfer-encoding'], undefined)
})

test('a chunked body is echoed, and stays chunked', async (t) => {
  const backend = await startBackend(t, echoes)
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  const answer = await send(url, { method: 'POST', headers: { 'transfer-encoding': 'chunked' }, body })
  assert.equal(answer.status, 200)
  assert.ok(answer.body === body)
  assert.equal(backend.requests[0]?.headers['transfer-encoding'], 'chunked')
  assert.equal(backend.requests[0]?.headers['content-length'], undefined)
})

test('a body of no bytes is passed on as one', async (t) => {
  const backend = await startBackend(t, echoes)
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  assert.equal((await send(url, { method: 'POST', headers: { 'content-length': '0' } })).status, 200)
  assert.equal(backend.requests[0]?.headers['content-length'], '0')
})

test('a body reaches the backend as it comes, before its end is sent', async (t) => {
  let received = ''
  const backend = await startBackend(t, (req, res) => {
    req.setEncoding('utf8').on('data', (piece) => { received += piece })
    req.on('end', () => { res.end(received) })
  })
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  const req = request(url, { method: 'POST', agent: false })
  req.write('first ')
  await until('the first piece to arrive', () => received === 'first ')
  req.end('second')
  const [response] = await once(req, 'response') as [IncomingMessage]
  assert.equal(await text(response), 'first second')
})

test('the echo of a body comes back while the body is still sent', async (t) => {
  const backend = await startBackend(t, echoes)
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  const req = request(url, { method: 'POST', agent: false })
  req.write('ping')
  const [response] = await once(req, 'response') as [IncomingMessage]
  const [piece] = await once(response, 'data') as [Buffer]
  assert.equal(piece.toString(), 'ping')
  req.end('pong')
  assert.equal(await text(response), 'pong')
})

test('a GET with a body passes with it', async (t) => {
  const backend = await startBackend(t, echoes)
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  assert.equal((await send(url, { method: 'GET', headers: { 'content-length': '5' }, body: 'hello' })).body, 'hello')
  assert.equal((await send(url, { method: 'GET', headers: { 'transfer-encoding': 'chunked' }, body: 'hello' })).body, 'hello')
})

test('what follows a body on the same connection is the next request', async (t) => {
  const backend = await startBackend(t, echoes)
  const { port } = await startGateway(t, { BACKENDS: backend.url })
  const answer = await attack(port,
    'POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none' +
    'POST /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n')
  assert.deepEqual(backend.requests.map(({ url }) => url).sort(), ['/1', '/2'])
  assert.match(answer, /one[^]*two/)
})

test('a hook that listens to the body may keep what it hears', async (t) => {
  const backend = await startBackend(t, echoes)
  const app = await buildApp(t, { BACKENDS: backend.url, RETRY_BODY_BYTES: '0' })
  const heard: Buffer[] = []
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    raw.on('data', (piece: Buffer) => { heard.push(piece) })
    done()
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  assert.ok((await send(url, { method: 'POST', body })).body === body)
  assert.ok(Buffer.concat(heard).toString() === body)
})

async function text (response: IncomingMessage): Promise<string> {
  let whole = ''
  for await (const piece of response) whole += String(piece)
  return whole
}
