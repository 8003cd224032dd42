import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { sameOnBothFastifies, type Note } from '../helpers/both-servers.ts'

const get = 'GET /own HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
const next = 'GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

function post (body: string, type = 'application/json', more = ''): string {
  return `POST /own HTTP/1.1\r\nHost: a\r\n${more}Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

const large = 'x'.repeat(500_000)

/** What is asked, by whom it is answered, and what must come; a second request on the same connection must be answered too. */
const cases: Array<[name: string, own: (app: FastifyInstance, note: Note) => void, request: string, status: number, body: string | RegExp, isLast?: boolean]> = [
  ['text', (app) => { app.get('/own', async () => 'text') }, get, 200, 'text'],
  ['an object', (app) => { app.get('/own', async () => ({ a: 1 })) }, get, 200, '{"a":1}'],
  ['a buffer', (app) => { app.get('/own', async (_request, reply) => reply.type('image/png').send(Buffer.from('bytes'))) }, get, 200, 'bytes'],
  ['nothing', (app) => { app.get('/own', async (_request, reply) => reply.send()) }, get, 200, ''],
  ['a status without a body', (app) => { app.get('/own', async (_request, reply) => reply.code(204).send()) }, get, 204, ''],
  ['a redirect', (app) => { app.get('/own', async (_request, reply) => reply.redirect('/there')) }, get, 302, ''],
  ['cookies and other headers', (app) => {
    app.get('/own', async (_request, reply) => {
      reply.header('set-cookie', 'a=1').header('set-cookie', 'b=2').header('X-N', 1)
      return 'a'
    })
  }, get, 200, 'a'],
  ['a stream', (app) => { app.get('/own', async () => Readable.from([Buffer.from('a '), Buffer.from('stream')])) }, get, 200, 'a stream'],
  ['a large stream', (app) => { app.get('/own', async () => Readable.from([large, large, large])) }, get, 200, large + large + large],
  ['a stream with a length', (app) => { app.get('/own', async (_request, reply) => reply.header('content-length', 2).send(Readable.from(['ab']))) }, get, 200, 'ab'],
  ['a stream that fails at once', (app) => {
    app.get('/own', async () => new Readable({ read () { this.destroy(Object.assign(new Error('gone'), { statusCode: 410 })) } }))
  }, get, 410, /gone/],
  ['a web stream', (app) => { app.get('/own', async () => new Blob(['of the web']).stream()) }, get, 200, 'of the web'],
  ['a Response', (app) => { app.get('/own', async () => new Response('fetched', { status: 203, headers: { 'x-a': '1' } })) }, get, 203, 'fetched'],
  ['trailers', (app) => {
    app.get('/own', async (_request, reply) => {
      reply.trailer('x-sum', async () => 'sum')
      return 'a'
    })
  }, get, 200, 'a'],
  ['trailers of a stream', (app) => {
    app.get('/own', async (_request, reply) => {
      reply.trailer('x-sum', (_reply, _payload, done) => { done(null, 'late') })
      return Readable.from(['a'])
    })
  }, get, 200, 'a'],
  ['early hints', (app) => {
    app.get('/own', async (_request, reply) => {
      reply.writeEarlyHints({ link: '</a.css>; rel=preload' })
      return 'a'
    })
  }, get, 103, ''],
  ['a hijacked reply', (app) => {
    app.get('/own', (_request, reply) => {
      reply.hijack()
      reply.raw.writeHead(200, { 'content-length': 3 }).end('raw')
    })
  }, get, 200, 'raw'],
  ['reply.raw in place of reply', (app) => { app.get('/own', (_request, reply) => { reply.raw.end('raw') }) }, get, 200, 'raw'],
  ['no such route', (app) => { app.get('/other', async () => 'a') }, get, 404, /Route GET:\/own not found/],
  ['a not-found handler', (app) => { app.setNotFoundHandler((request, reply) => { reply.code(404).send(`no ${request.url}`) }) }, get, 404, 'no /own'],
  ['an error', (app) => { app.get('/own', async () => { throw Object.assign(new Error('teapot'), { statusCode: 418 }) }) }, get, 418, /teapot/],
  ['an error handler', (app) => {
    app.setErrorHandler(async (error: Error, _request, reply) => await reply.code(400).send(`handled ${error.message}`))
    app.get('/own', () => { throw new Error('x') })
  }, get, 400, 'handled x'],
  ['an error handler that throws', (app) => {
    app.setErrorHandler(async () => { throw new Error('y') })
    app.get('/own', () => { throw new Error('x') })
  }, get, 500, /"y"/],
  ['JSON', (app) => { app.post('/own', async ({ body }) => body) }, post('{"a":[1,2]}'), 200, '{"a":[1,2]}'],
  ['text that is posted', (app) => { app.post('/own', async ({ body }) => body) }, post('plain text', 'text/plain'), 200, 'plain text'],
  ['JSON in chunks', (app) => { app.post('/own', async ({ body }) => body) },
    'POST /own HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n', 200, '{"a":1}'],
  ['JSON that is none', (app) => { app.post('/own', async ({ body }) => body) }, post('{'), 400, /FST_ERR_CTP_INVALID_JSON_BODY/, true],
  ['an empty body that must not be', (app) => { app.post('/own', async ({ body }) => body) }, post(''), 400, /FST_ERR_CTP_EMPTY_JSON_BODY/, true],
  ['an unknown type', (app) => { app.post('/own', async ({ body }) => body) }, post('a', 'x/y'), 415, /FST_ERR_CTP_INVALID_MEDIA_TYPE/],
  ['a body beyond the limit', (app) => { app.post('/own', { bodyLimit: 10 }, async ({ body }) => body) }, post('"0123456789"'), 413, /FST_ERR_CTP_BODY_TOO_LARGE/, true],
  ['a body in chunks beyond the limit', (app) => { app.post('/own', { bodyLimit: 5 }, async ({ body }) => body) },
    'POST /own HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n"0123456"\r\n0\r\n\r\n', 413, /BODY_TOO_LARGE/, true],
  ['a body against the schema', (app) => {
    app.post('/own', { schema: { body: { type: 'object', required: ['b'] } } }, async ({ body }) => body)
  }, post('{"a":1}'), 400, /FST_ERR_VALIDATION/],
  ['a query by its schema', (app) => {
    app.get('/own', { schema: { querystring: { type: 'object', properties: { n: { type: 'number' } } } } }, async ({ query }) => query)
  }, get.replace('/own', '/own?n=5'), 200, '{"n":5}'],
  ['parameters and wildcards', (app) => { app.get('/:a/*', async ({ params }) => params) }, get.replace('/own', '/x%20y/b/c'), 200, '{"a":"x y","*":"b/c"}'],
  ['the body as a stream of a parser', (app) => {
    app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => { done(null, { size: body.length }) })
    app.post('/own', async ({ body }) => body)
  }, post('{"a":1}'), 200, '{"size":7}'],
  ['a parser that reads the raw request', (app) => {
    app.addContentTypeParser('*', async (_request: unknown, payload: AsyncIterable<Buffer>) => {
      let size = 0
      for await (const piece of payload) size += piece.length
      return { size }
    })
    app.post('/own', async ({ body }) => body)
  }, post('12345', 'x/y'), 200, '{"size":5}'],
  ['what a request knows', (app) => {
    app.get('/own', async ({ ip, host, hostname, port, protocol, method, url, originalUrl, headers, is404 }) =>
      ({ ip, host, hostname, port, protocol, method, url, originalUrl, headers, is404 }))
  }, get.replace('Host: a\r\n', 'Host: a.example:81\r\nX-A: 1\r\n'), 200, /"hostname":"a\.example"/]
]

for (const [name, own, request, status, body, isLast = false] of cases) {
  test(`${name}: as on node:http, and the connection serves on`, async (t) => {
    const { responses, notes } = await sameOnBothFastifies(t, (app, note) => {
      own(app, note)
      app.addHook('onResponse', async ({ url }, reply) => { note('onResponse', url.slice(0, 4), reply.statusCode) })
      app.get('/next', async () => 'next')
    }, request.replace('Connection: close\r\n', '') + next)
    assert.equal(responses[0]?.status.slice(9, 12), String(status))
    if (typeof body === 'string') assert.ok(responses[0].body === body, responses[0].body.slice(0, 200))
    else assert.match(responses[0].body, body)
    if (isLast) assert.equal(responses.length, 1)
    else {
      assert.equal(responses.at(-1)?.body, 'next')
      assert.equal(notes.length, 2)
    }
  })
}

test('HEAD of an own GET route has its headers, its length among them', async (t) => {
  const { responses } = await sameOnBothFastifies(t, (app) => { app.get('/own', async (_request, reply) => reply.header('x-a', '1').send('body')) }, get.replace('GET', 'HEAD'))
  assert.ok(responses[0]?.headers.includes('x-a: 1'))
  assert.equal(responses.length, 1)
})

test('a stream that fails on the way cuts the response', async (t) => {
  const { responses } = await sameOnBothFastifies(t, (app) => {
    app.get('/own', async () => {
      let pieces = 0
      return new Readable({ read () { setTimeout(() => { if (pieces++ === 0) this.push('half'); else this.destroy(new Error('broken')) }, 10) } })
    })
  }, get)
  assert.deepEqual([responses[0]?.body, responses[0]?.isCut], ['half', true])
})

test('a stream is destroyed when its client leaves', async (t) => {
  const { notes } = await sameOnBothFastifies(t, (app, note) => {
    app.get('/own', async () => {
      const stream = new Readable({ read () { setTimeout(() => { this.push('x'.repeat(1000)) }, 5) } })
      return stream.on('close', () => { note('stream closed') })
    })
  }, (socket) => {
    socket.write(get)
    socket.once('data', () => { socket.resetAndDestroy() })
  })
  assert.deepEqual(notes, ['stream closed'])
})
