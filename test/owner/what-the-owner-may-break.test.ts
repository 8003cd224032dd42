import assert from 'node:assert/strict'
import { Readable, type Transform } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { test } from 'node:test'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { startBackend } from '../helpers/backend.ts'
import { startByteBackend, startByteClient } from '../helpers/bytes.ts'
import { send } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'

test('a stream of a preParsing hook that fails before it is read is a 400, and ends nothing else', async (t) => {
  const backend = await startBackend(t, (_req, res) => { res.end('hello') })
  const plugin = async (app: FastifyInstance): Promise<void> => {
    let unzipped: Transform | undefined
    app.addHook('preParsing', async (_request, _reply, payload) => (unzipped = payload.pipe(createGunzip())))
    app.addHook('preHandler', async () => { await until('the stream to have failed', () => unzipped?.destroyed) })
  }
  const { url } = await startGateway(t, { BACKENDS: backend.url }, { plugins: [fp(plugin)] })
  assert.equal((await send(url, { method: 'POST', body: 'no gzip' })).status, 400)
  assert.equal((await send(url, { method: 'POST', body: 'no gzip either' })).status, 400)
})

test('a rate limit that counts in preHandler limits what is forwarded', async (t) => {
  const backend = await startBackend(t, (_req, res) => { res.end('hello') })
  const { url } = await startGateway(t, { BACKENDS: backend.url }, {
    plugins: [fp(async (app: FastifyInstance) => { await app.register(rateLimit, { max: 1, hook: 'preHandler' }) })]
  })
  assert.deepEqual([(await send(url)).status, (await send(url)).status], [200, 429])
})

test('an empty piece of a stream of a preParsing hook does not end the body', async (t) => {
  const backend = await startBackend(t, (req, res) => { req.pipe(res) })
  const { url } = await startGateway(t, { BACKENDS: backend.url }, {
    plugins: [fp(async (app: FastifyInstance) => {
      app.addHook('preParsing', async () => Readable.from([Buffer.from('a'), Buffer.alloc(0), Buffer.from('b')]))
    })]
  })
  assert.equal((await send(url, { method: 'POST', body: 'x' })).body, 'ab')
})

test('while the gateway drains, a response of an own route closes its connection', async (t) => {
  const backend = await startBackend(t, (_req, res) => { res.end('hello') })
  const { app, port } = await startGateway(t, { BACKENDS: backend.url }, {
    plugins: [async (own: FastifyInstance) => { own.get('/own', () => 'mine') }]
  })
  const client = await startByteClient(t, port, 'GET /own HTTP/1.1\r\nHost: h\r\n\r\n')
  assert.match(await client.hears('mine'), /^connection: keep-alive\r$/im)
  app.listener.stopAccepting()
  client.say('GET /own HTTP/1.1\r\nHost: h\r\n\r\n')
  assert.match(await client.hears('close'), /^connection: close$/im)
})

test('an own route tells a client that waits for it to send its body', async (t) => {
  const backend = await startBackend(t, (_req, res) => { res.end('hello') })
  const { port } = await startGateway(t, { BACKENDS: backend.url }, {
    plugins: [async (own: FastifyInstance) => { own.post('/own', (request) => request.body) }]
  })
  const client = await startByteClient(
    t,
    port,
    'POST /own HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n'
  )
  await client.hears('HTTP/1.1 100 Continue\r\n\r\n')
  client.say('mine')
  assert.match(await client.hears('mine'), /HTTP\/1\.1 200 OK/)
})

test('an onSend hook that removes X-Request-Id does not bring back that of the backend', async (t) => {
  const backend = await startBackend(t, (_req, res) => { res.setHeader('x-request-id', 'of-the-backend').end('hello') })
  const { url } = await startGateway(
    t,
    { BACKENDS: backend.url },
    {
      plugins: [
        fp(async (app: FastifyInstance) => {
          app.addHook('onSend', async (_request, reply) => {
            reply.removeHeader('x-request-id')
          })
        })
      ]
    }
  )
  assert.notEqual((await send(url)).headers['x-request-id'], 'of-the-backend')
})

test('a header that is named like a part of every object passes an onSend hook as it is', async (t) => {
  const backend = await startByteBackend(t, (end) => {
    end.say('HTTP/1.1 200 OK\r\n__proto__: a\r\nconstructor: b\r\nContent-Length: 0\r\n\r\n')
  })
  const { port } = await startGateway(t, { BACKENDS: backend.url }, {
    plugins: [fp(async (app: FastifyInstance) => { app.addHook('onSend', async () => {}) })]
  })
  const heard = await (await startByteClient(t, port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')).hears('\r\n\r\n')
  assert.match(heard, /\r\nconstructor: b\r\n/)
  assert.doesNotMatch(heard, /object Object|native code/)
})
