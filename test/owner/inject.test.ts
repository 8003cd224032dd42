import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { answersWith, echoes, neverAnswers, startBackend } from '../helpers/backend.ts'
import { FakeClock } from '../helpers/clock.ts'
import { buildApp } from '../helpers/gateway.ts'

test('inject is answered by a backend, with status, headers and body', async (t) => {
  const backend = await startBackend(t, answersWith(201, { 'X-Theirs': '1', 'Set-Cookie': 'a=1' }, 'body'))
  const app = await buildApp(t, { BACKENDS: backend.url })
  const { statusCode, statusMessage, headers, body } = await app.inject('/path?query')
  assert.deepEqual([statusCode, statusMessage, headers['x-theirs'], headers['set-cookie'], body], [201, 'Created', '1', 'a=1', 'body'])
  assert.equal(backend.requests[0]?.url, '/path?query')
  assert.equal(backend.requests[0]?.headers['x-forwarded-port'], undefined)
})

test('inject sends bodies: text, objects and streams', async (t) => {
  const backend = await startBackend(t, echoes)
  const app = await buildApp(t, { BACKENDS: backend.url })
  assert.equal((await app.inject({ method: 'POST', url: '/', payload: 'text' })).body, 'text')
  assert.deepEqual((await app.inject({ method: 'PUT', url: '/', payload: { a: 1 } })).json(), { a: 1 })
  const headers = { 'content-type': 'text/plain' }
  const { body } = await app.inject({
    method: 'POST',
    url: '/',
    headers,
    payload: Readable.from([Buffer.from('a stream '), Buffer.from('of two')])
  })
  assert.equal(body, 'a stream of two')
})

test('inject gives a large body in chunks whole, and trailers', async (t) => {
  const large = 'x'.repeat(1_000_000)
  const backend = await startBackend(t, (_req, res) => {
    res.writeHead(200, { Trailer: 'X-Sum' })
    res.write(large)
    res.addTrailers({ 'X-Sum': '1' })
    res.end('end')
  })
  const app = await buildApp(t, { BACKENDS: backend.url })
  const answer = await app.inject({ url: '/', headers: { te: 'trailers', connection: 'te' } })
  assert.ok(answer.body === `${large}end`)
  assert.deepEqual(answer.trailers, { 'x-sum': '1' })
})

test('inject gives the answer as a stream', async (t) => {
  const backend = await startBackend(t, answersWith(200, {}, 'x'.repeat(300_000)))
  const app = await buildApp(t, { BACKENDS: backend.url })
  const answer = await app.inject({ url: '/', payloadAsStream: true })
  let size = 0
  for await (const bytes of answer.stream()) size += (bytes as Buffer).length
  assert.equal(size, 300_000)
})

test('inject of HEAD has the headers and no body', async (t) => {
  const backend = await startBackend(t, answersWith(200, { 'Content-Length': '4' }))
  const app = await buildApp(t, { BACKENDS: backend.url })
  const { statusCode, headers, body } = await app.inject({ method: 'HEAD', url: '/' })
  assert.deepEqual([statusCode, headers['content-length'], body], [200, '4', ''])
})

test('inject gets the gateway\'s own answers', async (t) => {
  const app = await buildApp(t, { BACKENDS: '' })
  const answer = await app.inject({ method: 'POST', url: '/', payload: 'a' })
  assert.deepEqual(
    [answer.statusCode, answer.headers['retry-after'], answer.json<{ code: string }>().code],
    [503, '1', 'EVENKEEL_NO_BACKEND']
  )
})

test('inject rejects when a backend dies within its body', async (t) => {
  const backend = await startBackend(t, (_req, res) => {
    res.writeHead(200, { 'Content-Length': '10' }).write('half', () => { setImmediate(() => { res.destroy() }) })
  })
  const app = await buildApp(t, { BACKENDS: backend.url })
  await assert.rejects(app.inject('/'))
})

test('inject runs the hooks of the owner, onSend too', async (t) => {
  const backend = await startBackend(t, answersWith(200, {}, 'body'))
  const app = await buildApp(t, { BACKENDS: backend.url })
  app.addHook('onRequest', async (_request, reply) => { reply.header('x-mine', '1') })
  app.addHook('onSend', async (_request, reply) => { reply.header('x-sent', '2') })
  const { headers, body } = await app.inject('/')
  assert.deepEqual([headers['x-mine'], headers['x-sent'], body], ['1', '2', 'body'])
})

test('inject of a request that a backend never answers ends by the gateway\'s limit', async (t) => {
  const backend = await startBackend(t, neverAnswers)
  const clock = new FakeClock()
  const app = await buildApp(t, { BACKENDS: backend.url, RESPONSE_TIMEOUT_MS: '1700', RETRIES: '0' }, { clock })
  const answer = app.inject('/')
  await clock.letPass(1700)
  assert.equal((await answer).statusCode, 504)
})
