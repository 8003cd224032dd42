import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test, type TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { answers, echoes, startBackend, type TestBackend } from '../helpers/backend.ts'
import { startByteClient } from '../helpers/bytes.ts'
import { send } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'
import { attack } from '../helpers/wire.ts'

async function startWith (
  t: TestContext,
  add: (app: FastifyInstance) => void,
  behaviour = echoes
): Promise<{ url: string; port: number; backend: TestBackend }> {
  const backend = await startBackend(t, behaviour)
  const plugin = Object.assign(
    async (app: FastifyInstance) => {
      add(app)
    },
    { [Symbol.for('skip-override')]: true }
  )
  const { url, port } = await startGateway(t, { BACKENDS: backend.url }, { plugins: [plugin] })
  return { url, port, backend }
}

const json = { 'content-type': 'application/json' }
const schema = { body: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } } }

test('an own route gets its body, parsed and validated', async (t) => {
  const { url, backend } = await startWith(t, (app) => { app.post('/own', { schema }, async ({ body }) => body) })
  const post = (body: string): ReturnType<typeof send> => send(`${url}/own`, { method: 'POST', headers: json, body })
  assert.deepEqual(JSON.parse((await post('{"name":"a"}')).body), { name: 'a' })
  assert.equal((await post('{}')).status, 400)
  assert.equal((await post('{')).status, 400)
  assert.equal((await send(`${url}/own`, { method: 'POST', headers: { 'content-type': 'nonsense' }, body: 'a' })).status, 415)
  assert.equal(backend.requests.length, 0)
})

test('an own route of a method that Fastify does not know by itself gets its body', async (t) => {
  const { url } = await startWith(t, (app) => {
    app.route({ method: 'PROPFIND', url: '/own', handler: async ({ body }) => ({ got: body }) })
  })
  const { body } = await send(`${url}/own`, { method: 'PROPFIND', headers: { 'content-type': 'text/plain' }, body: 'a' })
  assert.deepEqual(JSON.parse(body), { got: 'a' })
})

/** Own routes for every method that has bodies, so that Fastify looks at the bodies of all. */
function addOwn (app: FastifyInstance): void {
  app.route({ method: ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], url: '/own', handler: async () => 'own' })
  if (app.supportedMethods.includes('QUERY')) app.route({ method: 'QUERY', url: '/own', handler: async () => 'own' })
}

const types = [undefined, 'nonsense', 'application/json', 'a/b; c="d', 'multipart/form-data', '']

for (const hooked of [false, true]) {
  test(`beside own routes, what is forwarded passes unread whatever its type${hooked ? ', with hooks that look' : ''}`, async (t) => {
    const seen: unknown[] = []
    const { url, backend } = await startWith(t, (app) => {
      addOwn(app)
      if (!hooked) return
      app.addHook('preValidation', async ({ headers, body }) => {
        seen.push([headers['content-type'], headers['content-length'], headers['transfer-encoding'], typeof body])
      })
      app.addHook('preHandler', async ({ headers, raw }) => { assert.equal(headers, raw.headers) })
    })
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'GET', 'PROPFIND']) {
      for (const type of types) {
        for (const body of ['', '{"a":']) {
          const headers = { 'content-length': String(body.length), ...(type !== undefined && { 'content-type': type }) }
          const answer = await send(`${url}/x`, { method, headers, body })
          assert.deepEqual([answer.status, answer.body], [200, body], `${method} ${type} ${body}`)
          assert.equal(backend.requests.at(-1)?.headers['content-type'], type)
          if (hooked) assert.deepEqual((seen.pop() as unknown[]).slice(0, 3), [type, String(body.length), undefined])
        }
      }
    }
  })
}

test('a body beyond Fastify\'s limit passes beside own routes', async (t) => {
  const { url } = await startWith(t, addOwn)
  const body = 'x'.repeat(3 * 1024 * 1024)
  const answer = await send(`${url}/x`, { method: 'POST', headers: json, body })
  assert.ok(answer.body === body)
})

test('an own GET route answers HEAD too', async (t) => {
  const { url, backend } = await startWith(t, (app) => { app.get('/own', async () => 'own') })
  const answer = await send(`${url}/own`, { method: 'HEAD' })
  assert.deepEqual([answer.status, answer.headers['content-length'], backend.requests.length], [200, '3', 0])
})

test('own routes may be for everything of a method, and for the root', async (t) => {
  const { url, backend } = await startWith(t, (app) => {
    app.get('/', async () => 'root')
    app.put('/*', async () => 'any put')
    app.options('*', async () => 'any options')
  })
  assert.equal((await send(url)).body, 'root')
  assert.equal((await send(`${url}/x`, { method: 'PUT' })).body, 'any put')
  assert.equal((await send(`${url}/x`, { method: 'OPTIONS' })).body, 'any options')
  assert.equal((await send(url, { method: 'OPTIONS', path: '*' })).body, 'any options')
  assert.equal(backend.requests.length, 0)
  assert.equal((await send(`${url}/x`)).status, 200)
  assert.equal((await send(url, { method: 'DELETE' })).status, 200)
  assert.deepEqual(backend.requests.map(({ method }) => method), ['GET', 'DELETE'])
})

test('an own route for OPTIONS * gets the form of the asterisk', async (t) => {
  const urls: string[] = []
  const { port } = await startWith(t, (app) => { app.options('*', async ({ url }) => { urls.push(url) }) })
  await attack(port, 'OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  assert.deepEqual(urls, ['*'])
})

test('the owner\'s not-found handler answers what an own route does not find', async (t) => {
  const { url, backend } = await startWith(t, (app) => {
    app.setNotFoundHandler((_request, reply) => { reply.code(404).send('my not found') })
    app.get('/own/:id', (_request, reply) => { reply.callNotFound() })
  }, answers('theirs'))
  assert.deepEqual([(await send(`${url}/own/1`)).body, backend.requests.length], ['my not found', 0])
  assert.equal((await send(`${url}/other`)).body, 'theirs')
})

test('a stream that pushes at once leaves the event loop to others, and ends when its client leaves', async (t) => {
  let pushed = 0
  let pushedInTurn = -1
  let isClosed = false
  const plugin = async (app: FastifyInstance): Promise<void> => {
    app.get('/own', async () => {
      const source = new Readable({
        read () {
          if (pushed === 0) setImmediate(() => { pushedInTurn = pushed })
          // With an end, so that a fault fails this test and does not hang it.
          this.push(++pushed < 20_000 ? Buffer.alloc(1000) : null)
        }
      })
      return source.on('close', () => { isClosed = true })
    })
  }
  const { port } = await startGateway(t, { BACKENDS: 'http://127.0.0.1:9' }, { plugins: [fp(plugin)] })
  const client = await startByteClient(t, port, 'GET /own HTTP/1.1\r\nHost: h\r\n\r\n')
  await client.hears('HTTP/1.1 200 OK')
  client.socket.destroy()
  await until('the stream to be closed', () => isClosed)
  // Sixteen times what a stream holds, which is 16 KiB on Node.js 20 and 64 KiB after that.
  assert.ok(pushedInTurn < 2000, `${pushedInTurn} pieces in one turn`)
  assert.ok(pushed < 20_000, 'the stream was read to its end')
})
