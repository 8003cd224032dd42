import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { startByteClient } from '../helpers/bytes.ts'
import { startOwnerServer } from '../helpers/owner-server.ts'

const post = 'POST /own HTTP/1.1\r\nHost: a\r\nContent-Type: x/y\r\nContent-Length: 8\r\n\r\n'

test('what a hook enters is seen by all that belongs to its request, and by no other request of the connection', async (t) => {
  const storage = new AsyncLocalStorage<string>()
  const seen: string[] = []
  const { port } = await startOwnerServer(t, (app) => {
    app.addHook('onRequest', (request, _reply, done) => {
      seen.push(`onRequest ${request.url} ${storage.getStore() ?? 'fresh'}`)
      storage.enterWith(request.url)
      done()
    })
    app.addHook('onResponse', async ({ url }) => { seen.push(`onResponse ${url} ${storage.getStore()}`) })
    app.get('/own', async ({ url }) => { seen.push(`handler ${url} ${storage.getStore()}`) })
  })
  const client = await startByteClient(t, port, ['/own?1', '/own?2', '/forwarded', '/own?3'].map((url) => `GET ${url} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''))
  await client.hears('forwarded')
  client.forget()
  client.say('GET /own?4 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  await client.hearsTheEnd()
  for (const url of ['/own?1', '/own?2', '/forwarded', '/own?3', '/own?4']) {
    assert.ok(seen.includes(`onRequest ${url} fresh`), seen.join('\n'))
    assert.ok(seen.includes(`onResponse ${url} ${url}`), seen.join('\n'))
    if (url !== '/forwarded') assert.ok(seen.includes(`handler ${url} ${url}`), seen.join('\n'))
  }
})

test('done within run() of a storage keeps it for hooks, body events, handler, onSend and onResponse', async (t) => {
  const storage = new AsyncLocalStorage<string>()
  const seen = new Map<string, string | undefined>()
  const see = (name: string): void => { seen.set(name, storage.getStore()) }
  const { port } = await startOwnerServer(t, (app: FastifyInstance) => {
    app.addHook('onRequest', (_request, _reply, done) => { storage.run('store', done) })
    app.addHook('preHandler', async () => { see('preHandler') })
    app.addHook('onSend', async () => { see('onSend') })
    app.addHook('onResponse', async () => { see('onResponse') })
    app.addContentTypeParser('*', (_request, payload: IncomingMessage, done) => {
      payload.on('data', () => { see('data') })
      payload.on('close', () => { see('close') })
      payload.on('end', () => {
        see('end')
        done(null, undefined)
      })
    })
    app.post('/own', async () => {
      see('handler')
      return Readable.from(['a'])
    })
  })
  const client = await startByteClient(t, port, post)
  client.say('half')
  await new Promise((resolve) => { setImmediate(resolve) })
  client.say('half')
  await client.hears('\r\n0\r\n\r\n')
  assert.deepEqual(Object.fromEntries(seen), {
    data: 'store', end: 'store', preHandler: 'store', handler: 'store', onSend: 'store', onResponse: 'store', close: 'store'
  })
})

test('done within run() of a storage keeps it for the onResponse hook of a forwarded request', async (t) => {
  const storage = new AsyncLocalStorage<string>()
  const seen: Array<string | undefined> = []
  const { port } = await startOwnerServer(t, (app: FastifyInstance) => {
    app.addHook('onRequest', (_request, _reply, done) => { storage.run('store', done) })
    app.addHook('onResponse', async () => { seen.push(storage.getStore()) })
  }, (exchange) => {
    exchange.listener = { onBody () {}, onBodyEnd () {}, onBodyError () {}, onDrain () {}, onEnd () {}, onThrown () {} }
    // As a backend answers: out of another context.
    storage.run('of the backend', () => {
      setImmediate(() => {
        exchange.begin(200, 'OK', 'Content-Length: 0\r\n', 0)
        exchange.end('')
      })
    })
  })
  const client = await startByteClient(t, port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  await client.hearsTheEnd()
  assert.deepEqual(seen, ['store'])
})

test('subscribers of node:http\'s diagnostics channels are told of requests, and of responses that are whole', async (t) => {
  const heard: string[] = []
  const { listener, port } = await startOwnerServer(t, (app) => {
    app.get('/cut', (_request, reply) => { reply.raw.destroy() })
    app.get('/whole', async (_request, reply) => await reply.code(201).send())
  })
  for (const name of ['http.server.request.start', 'http.server.response.finish']) {
    const onMessage = (message: unknown): void => {
      const { request, response, socket, server } = message as { request: IncomingMessage, response: ServerResponse, socket: unknown, server: unknown }
      if (server !== listener) return
      assert.deepEqual([response.req, socket], [request, request.socket])
      heard.push(`${name} ${request.url} ${response.statusCode}`)
    }
    channel(name).subscribe(onMessage)
    t.after(() => { channel(name).unsubscribe(onMessage) })
  }
  const client = await startByteClient(t, port, ['/whole', '/forwarded', '/cut'].map((url) => `GET ${url} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''))
  await client.hearsTheEnd()
  assert.deepEqual(heard.sort(), [
    'http.server.request.start /cut 200', 'http.server.request.start /forwarded 200', 'http.server.request.start /whole 200',
    'http.server.response.finish /forwarded 200', 'http.server.response.finish /whole 201'
  ])
})

test('listeners of the server for requests hear of them too', async (t) => {
  const { listener, port } = await startOwnerServer(t, (app) => { app.get('/own', async () => 'mine') })
  const heard: string[] = []
  listener.on('request', (req: IncomingMessage) => { heard.push(req.url as string) })
  const client = await startByteClient(t, port, 'GET /own HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  assert.match(await client.hearsTheEnd(), /mine[^]*forwarded$/)
  assert.deepEqual(heard, ['/own', '/x'])
})
