import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2'
import { Readable } from 'node:stream'
import { test, type TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { answers, startBackend } from '../helpers/backend.ts'
import { startGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'

async function start (t: TestContext, own: (app: FastifyInstance) => void): Promise<ClientHttp2Session> {
  const backend = await startBackend(t, answers('backend'))
  const plugin = Object.assign(async (app: FastifyInstance) => { own(app) }, { [Symbol.for('skip-override')]: true })
  const gateway = await startGateway(t, { BACKENDS: backend.url }, { plugins: [plugin] })
  const session = connect(gateway.url)
  session.on('error', () => {})
  t.after(() => { session.destroy() })
  return session
}

async function ask (session: ClientHttp2Session, headers: Record<string, string>, body?: string): Promise<[IncomingHttpHeaders, string]> {
  const stream = session.request(headers)
  stream.end(body)
  let text = ''
  stream.setEncoding('utf8').on('data', (piece) => { text += piece })
  const [response] = await once(stream, 'response') as [IncomingHttpHeaders]
  await once(stream, 'close')
  return [response, text]
}

test('routes, hooks and bodies of an owner see a request as by HTTP/1.1', async (t) => {
  const session = await start(t, (app) => {
    app.addHook('onSend', async (_request, reply) => { reply.header('x-own', 'hook') })
    app.post('/own', async (request) => ({
      body: request.body, ip: request.ip, host: request.host, version: request.raw.httpVersion, port: typeof request.socket.remotePort
    }))
  })
  const [headers, text] = await ask(session, { ':method': 'POST', ':path': '/own', 'content-type': 'application/json' }, '{"a":1}')
  assert.deepEqual([headers[':status'], headers['x-own']], [200, 'hook'])
  const host = `127.0.0.1:${session.socket.remotePort}`
  assert.deepEqual(JSON.parse(text), { body: { a: 1 }, ip: '127.0.0.1', host, version: '2.0', port: 'number' })
  assert.deepEqual((await ask(session, { ':path': '/theirs' }))[1], 'backend')
})

test('an owner that destroys the socket of a request resets its stream, and no other', async (t) => {
  const session = await start(t, (app) => {
    app.get('/gone', (request) => { request.raw.socket.destroy() })
  })
  const stream = session.request({ ':path': '/gone' })
  stream.on('error', () => {})
  await until('the reset', () => stream.closed)
  assert.equal(stream.rstCode, 2)
  assert.equal((await ask(session, { ':path': '/' }))[1], 'backend')
})

test('an owner that writes to the socket of a request is told that it cannot', async (t) => {
  let told: string | undefined
  const session = await start(t, (app) => {
    app.get('/raw', (request) => {
      request.raw.socket.on('error', (error) => { told = error.message })
      request.raw.socket.write('HTTP/1.1 200 OK\r\n\r\n')
    })
  })
  const stream = session.request({ ':path': '/raw' })
  stream.on('error', () => {})
  assert.match(await until('the word', () => told), /write to the response/)
})

test('a stream that an owner sends is sent to its end, and a timeout of the request is one of the stream', async (t) => {
  const session = await start(t, (app) => {
    app.get('/stream', (request, reply) => {
      request.raw.setTimeout(5000)
      return reply.send(Readable.from([Buffer.from('a'), Buffer.from('b')]))
    })
  })
  assert.equal((await ask(session, { ':path': '/stream' }))[1], 'ab')
})
