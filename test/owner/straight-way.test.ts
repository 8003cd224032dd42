import assert from 'node:assert/strict'
import { channel } from 'node:diagnostics_channel'
import type { IncomingMessage, Server } from 'node:http'
import { test, type TestContext } from 'node:test'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import { answers, startBackend } from '../helpers/backend.ts'
import { startByteClient } from '../helpers/bytes.ts'
import { buildApp } from '../helpers/gateway.ts'

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`

/** A gateway of an owner who adds things to what `createApp` has returned, until it listens. */
async function startWith (t: TestContext, own: (app: FastifyInstance) => void | Promise<void>) {
  const backend = await startBackend(t, answers('theirs'))
  const app = await buildApp(t, { BACKENDS: backend.url })
  await own(app)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { app, backend, client: await startByteClient(t, Number(new URL(url).port)) }
}

const concerned: Array<[name: string, own: (app: FastifyInstance) => void | Promise<void>, concerns: boolean]> = [
  ['nothing', () => {}, false],
  ['a route for another path', (app) => { app.get('/own', async () => 'mine') }, false],
  ['a route for another method', (app) => { app.post('/x', async () => 'mine') }, false],
  ['a hook for own routes', (app) => {
    void app.register(async (inner) => {
      inner.addHook('onRequest', async () => {})
      inner.get('/own', async () => 'mine')
    })
  }, false],
  ['a hook of the application, not of requests', (app) => { app.addHook('onClose', async () => {}) }, false],
  ['a decorator', (app) => { app.decorateRequest('mine', '') }, false],
  ...(['onRequest', 'preParsing', 'preValidation', 'preHandler', 'preSerialization', 'onSend', 'onResponse', 'onError', 'onTimeout', 'onRequestAbort'] as const)
    .map((name): [string, (app: FastifyInstance) => void, boolean] => [name, (app) => { app.addHook(name as 'onRequest', async (_request) => {}) }, true]),
  ['a route for the path', (app) => { app.get('/x', async () => 'mine') }, true],
  ['a route for all paths', (app) => { app.get('/*', async () => 'mine') }, true],
  ['a plugin that adds a hook to every route', async (app) => { await app.register(rateLimit) }, true],
  ['names for requests', (app) => { app.setGenReqId(() => 'a') }, true],
  ['a listener for requests', (app) => { app.server.on('request', () => {}) }, true],
  ['a listener for upgrades', (app) => { app.server.on('upgrade', () => {}) }, true]
]

for (const [name, own, concerns] of concerned) {
  test(`an owner who has added ${name} is ${concerns ? 'asked' : 'not asked'} about a request`, async (t) => {
    const { app, client } = await startWith(t, own)
    assert.equal(app.ownerHooks.mayConcern('GET', '/x'), concerns)
    client.say(get('/x'))
    assert.match(await client.hears('\r\n\r\n'), /^HTTP\/1\.1 200 OK/)
  })
}

test('a request goes straight where no owner is concerned, and by the router on the same connection where one is', async (t) => {
  const { client, backend, app } = await startWith(t, (app) => { app.get('/own', async () => 'mine') })
  const ways: string[] = []
  const { forwarder } = app
  const forward = forwarder.forward.bind(forwarder)
  forwarder.forward = (exchange, options) => {
    ways.push(options === undefined ? 'straight' : 'by the router')
    forward(exchange, options)
  }
  client.say(get('/a'))
  await client.hears('theirs')
  client.forget()
  client.say(get('/own'))
  await client.hears('mine')
  client.forget()
  client.say(get('/%6fwn'))
  await client.hears('mine')
  client.forget()
  client.say(get('/b%20c'))
  await client.hears('theirs')
  assert.deepEqual([backend.requests.map(({ url }) => url), ways], [['/a', '/b%20c'], ['straight', 'by the router']])
})

test('a listener or a subscriber that comes later hears of the next request of a connection that is open', async (t) => {
  const { client, app } = await startWith(t, () => {})
  const heard: string[] = []
  const onRequest = (req: IncomingMessage): void => { heard.push(`request ${req.url}`) }
  const onStart = (message: unknown): void => {
    const { request, server } = message as { request: IncomingMessage, server: unknown }
    if (server === app.server) heard.push(`start ${request.url}`)
  }
  async function ask (path: string): Promise<void> {
    client.forget()
    client.say(get(path))
    await client.hears('theirs')
  }
  t.after(() => { channel('http.server.request.start').unsubscribe(onStart) })
  await ask('/1')
  ;(app.server as Server).on('request', onRequest)
  await ask('/2')
  ;(app.server as Server).off('request', onRequest)
  await ask('/3')
  channel('http.server.request.start').subscribe(onStart)
  await ask('/4')
  assert.deepEqual(heard, ['request /2', 'start /4'])
})
