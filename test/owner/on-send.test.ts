import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import type { RequestListener } from 'node:http'
import { test, type TestContext } from 'node:test'
import { setImmediate as soon } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest, onSendAsyncHookHandler, onSendHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { answersWith, startBackend, type TestBackend } from '../helpers/backend.ts'
import { open, send } from '../helpers/client.ts'
import { buildApp, startGateway } from '../helpers/gateway.ts'
import { standstill, until } from '../helpers/until.ts'
import { attack, openClient } from '../helpers/wire.ts'

type Hook = (request: FastifyRequest, reply: FastifyReply, payload: unknown, done: (error?: Error) => void) => void | Promise<unknown>

interface Started { url: string, port: number, app: FastifyInstance, backend: TestBackend }

/** A gateway with this hook, which is added after it was made. */
async function startWith (t: TestContext, behaviour: RequestListener, hook: Hook): Promise<Started> {
  const backend = await startBackend(t, behaviour)
  const app = await buildApp(t, { BACKENDS: backend.url })
  app.addHook('onSend', hook as onSendHookHandler)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url, port: Number(new URL(url).port), app, backend }
}

test('onSend sees the status and headers of the backend, and no payload', async (t) => {
  const seen: unknown[] = []
  const { url } = await startWith(
    t,
    answersWith(418, { 'X-Theirs': 'a', 'Set-Cookie': 'b=1' }, 'body'),
    async (_request, reply, payload) => {
      seen.push(reply.statusCode, reply.getHeader('x-theirs'), reply.getHeader('set-cookie'), payload)
    }
  )
  const answer = await send(url)
  assert.deepEqual([answer.status, answer.body], [418, 'body'])
  assert.deepEqual(seen, [418, 'a', ['b=1'], undefined])
})

test('what onSend sets and removes takes effect, and the rest keeps its bytes', async (t) => {
  const behaviour: RequestListener = (_req, res) => {
    res.writeHead(200, [['X-Kept', 'Caf\xe9'], ['X-Gone', '1'], ['X-CHANGED', 'old'], ['Set-Cookie', 'theirs=1']].flat()).end('body')
  }
  const { port } = await startWith(t, behaviour, (_request, reply, _payload, done) => {
    reply.removeHeader('x-gone').header('x-changed', 'new').header('x-new', ['1', '2']).header('set-cookie', 'mine=1').code(202)
    done()
  })
  const received = await attack(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  const [head = '', body] = received.split('\r\n\r\n')
  const lines = head.split('\r\n')
  assert.equal(lines[0], 'HTTP/1.1 202 Accepted')
  for (const line of ['X-Kept: Caf\xe9', 'X-CHANGED: new', 'x-new: 1', 'x-new: 2']) assert.ok(lines.includes(line), line)
  assert.deepEqual(lines.filter((line) => /^set-cookie/i.test(line)), ['Set-Cookie: theirs=1', 'Set-Cookie: mine=1'])
  assert.ok(!/x-gone/i.test(head))
  assert.match(body ?? '', /body/)
})

test('a header that a hook sets before yields to the backend\'s', async (t) => {
  const { url, app } = await startWithRequestHook(t)
  assert.equal((await send(url)).headers['x-same'], 'theirs')
  assert.ok(app)
})

async function startWithRequestHook (t: TestContext): Promise<{ url: string, app: FastifyInstance }> {
  const backend = await startBackend(t, answersWith(200, { 'X-Same': 'theirs' }))
  const app = await buildApp(t, { BACKENDS: backend.url })
  app.addHook('onRequest', async (_request, reply) => { reply.header('x-same', 'mine') })
  app.addHook('onSend', async () => {})
  return { url: await app.listen({ host: '127.0.0.1', port: 0 }), app }
}

test('an answer is held until a hook that takes its time is through', async (t) => {
  let go: (() => void) | undefined
  const { url, backend } = await startWith(
    t,
    (_req, res) => {
      res.write('first')
      setImmediate(() => {
        res.end('second')
      })
    },
    (_request, reply, _payload, done) => {
      go = () => {
        reply.header('x-late', '1')
        done()
      }
    }
  )
  const answer = send(url)
  let isThere = false
  void answer.then(() => { isThere = true })
  await until('the hook runs', () => go !== undefined && backend.requests.length === 1)
  for (let i = 0; i < 20; i++) await soon()
  assert.equal(isThere, false)
  go?.()
  const { headers, body } = await answer
  assert.deepEqual([headers['x-late'], body], ['1', 'firstsecond'])
})

test('a large body waits at the backend while a hook holds its head, and comes whole', async (t) => {
  const size = 32 * 1024 * 1024
  let go: (() => void) | undefined
  let written = 0
  const piece = Buffer.alloc(65_536, 'x')
  const { url } = await startWith(t, (_req, res) => {
    res.writeHead(200, { 'Content-Length': size })
    function write (): void {
      while (written < size) {
        written += piece.length
        if (!res.write(piece)) return
      }
      res.end()
    }
    res.on('drain', write)
    write()
  }, (_request, _reply, _payload, done) => { go = done })
  const opened = open(url)
  await until('the hook runs', () => go !== undefined)
  await standstill(() => written)
  assert.ok(written < size, 'the backend has been read to the end')
  go?.()
  let received = 0
  for await (const bytes of await opened) received += (bytes as Buffer).length
  assert.equal(received, size)
})

for (const [what, hook] of Object.entries<Hook>({
  throws: async () => { throw new Error('a secret') },
  'calls done with an error': (_request, _reply, _payload, done) => { done(new Error('a secret')) },
  'sets what cannot be sent': async (_request, reply) => { reply.header('x', 'a\r\nb: c') },
  'returns another payload': async () => 'another',
  'makes a 204 of an answer with a body': async (_request, reply) => { reply.code(204) }
})) {
  test(`an onSend hook that ${what} makes this answer a 500, and no other`, async (t) => {
    let isOn = true
    const { url } = await startWith(t, answersWith(200, {}, 'body'), (request, reply, payload, done) => {
      if (isOn) return hook(request, reply, payload, done)
      done()
    })
    const answer = await send(url)
    assert.equal(answer.status, 500)
    assert.equal((JSON.parse(answer.body) as { code: string }).code, 'EVENKEEL_INTERNAL')
    assert.ok(!answer.body.includes('secret'))
    isOn = false
    assert.equal((await send(url)).body, 'body')
  })
}

test('a client that leaves while its answer is held ends the exchange', async (t) => {
  let go: (() => void) | undefined
  const { port, app } = await startWith(t, answersWith(200, {}, 'body'), (_request, _reply, _payload, done) => { go = done })
  const client = await openClient(t, port)
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await until('the hook runs', () => go !== undefined)
  client.resetAndDestroy()
  await until('the exchange is over', () => app.forwarder.openExchanges === 0)
  go?.()
  await soon()
  assert.equal(app.forwarder.openExchanges, 0)
})

test('an answer that its backend cuts while it is held does not look whole', async (t) => {
  let go: (() => void) | undefined
  const { url, backend } = await startWith(t, (_req, res) => { res.write('half') }, (_request, _reply, _payload, done) => { go = done })
  const answer = assert.rejects(send(url))
  await until('the hook runs', () => go !== undefined)
  await backend.die()
  go?.()
  await answer
})

test('onSend runs for the gateway\'s own answers to what was to be forwarded', async (t) => {
  const app = await buildApp(t, { BACKENDS: '', NODE_ENV: 'production' })
  app.addHook('onSend', async (_request, reply) => { reply.header('x-mine', String(reply.statusCode)) })
  const answer = await send(await app.listen({ host: '127.0.0.1', port: 0 }))
  assert.deepEqual([answer.status, answer.headers['x-mine']], [503, '503'])
})

test('hooks run in the order in which they were added, those of a route last; an encapsulated one not at all', async (t) => {
  const backend = await startBackend(t, answersWith(200))
  const app = await buildApp(t, { BACKENDS: backend.url })
  const ran: string[] = []
  const note = (name: string): onSendAsyncHookHandler => async () => { ran.push(name) }
  app.addHook('onRoute', (route) => { route.onSend = [note('route')] })
  app.addHook('onSend', note('first'))
  await app.register(async (inner) => { inner.addHook('onSend', note('inner')) })
  app.addHook('onSend', note('second'))
  await send(await app.listen({ host: '127.0.0.1', port: 0 }))
  assert.deepEqual(ran, ['first', 'second', 'route'])
})

test('a hook\'s headers are in a 101, and the tunnel works', async (t) => {
  const { port, backend, app } = await startWith(t, answersWith(200), async (_request, reply) => {
    await soon()
    reply.header('x-sent', String(reply.statusCode))
  })
  assert.ok(app)
  backend.server.on('upgrade', (_req, socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\nX-Theirs: 1\r\n\r\nhello')
  })
  const received = await attack(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
  assert.match(received, /^HTTP\/1\.1 101 [^]*X-Theirs: 1\r\n[^]*x-sent: 101\r\n\r\nhello$/)
})

test('a header that onRequest sets is in a 101', async (t) => {
  const backend = await startBackend(t, answersWith(200))
  backend.server.on('upgrade', (_req, socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhello')
  })
  const app = await buildApp(t, { BACKENDS: backend.url })
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('x-mine', '1').header('upgrade', 'evil').header('set-cookie', ['a=1', 'b=2'])
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const received = await attack(Number(new URL(url).port), 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
  assert.match(received, /^HTTP\/1\.1 101 [^]*x-mine: 1\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n[^]*hello$/)
  assert.ok(!received.includes('evil'))
})

test('onSend hooks run in the async context of their request, though its backend connection was another one\'s', async (t) => {
  const storage = new AsyncLocalStorage<string>()
  const seen: Array<[string, string | undefined]> = []
  const backend = await startBackend(t, (_req, res) => { res.end('hello') })
  const plugin = async (app: FastifyInstance): Promise<void> => {
    app.addHook('onRequest', (request, _reply, done) => { storage.run(request.url, done) })
    app.addHook('onSend', async (request) => { seen.push([request.url, storage.getStore()]) })
  }
  const { url } = await startGateway(t, { BACKENDS: backend.url }, { plugins: [fp(plugin)] })
  for (const path of ['/a', '/b', '/c']) await send(url + path)
  assert.deepEqual(seen, [['/a', '/a'], ['/b', '/b'], ['/c', '/c']])
})
