import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { test, type TestContext } from 'node:test'
import { answers, answersWith, diesMidBody, startBackend, startRawBackend } from '../helpers/backend.ts'
import { send, sendBytes } from '../helpers/client.ts'
import { buildApp, startGateway } from '../helpers/gateway.ts'
import { memoryLog } from '../helpers/log.ts'
import { until } from '../helpers/until.ts'

const made = /^[0-9a-f]{12}-[0-9a-z]+$/

async function startLogged (t: TestContext, settings: Record<string, string>) {
  const log = memoryLog()
  const { logger } = log
  return { ...await startGateway(t, settings, { logger }), line: () => until('the line', () => log.lines('request')[0]), log }
}

function idsIn (answer: string): string[] {
  return [...answer.matchAll(/^x-request-id: *(.*)\r$/gim)].map(([, id]) => id as string)
}

test('a request has one id: at the backend, in the answer and in the log', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const { url, line } = await startLogged(t, { BACKENDS: backend.url })
  const { headers } = await send(url)
  const id = headers['x-request-id']
  assert.match(String(id), made)
  assert.equal(backend.requests[0]?.headers['x-request-id'], id)
  assert.equal((await line())['requestId'], id)
})

const answersOfBackends: Array<[string, RequestListener]> = [
  ['with a length', answersWith(200, { 'content-length': '2' }, 'hi')],
  ['in chunks', (_req, res) => { res.write('h', () => { setImmediate(() => { res.end('i') }) }) }],
  ['too large for one piece', answersWith(200, {}, 'x'.repeat(100_000))],
  ['without a body', answersWith(204)],
  ['with an id of its own', answersWith(200, { 'X-Request-ID': 'of-the-backend', 'x-request-id': 'again' }, 'hi')],
  ['that it cannot finish', diesMidBody]
]

for (const method of ['GET', 'HEAD']) {
  for (const version of ['1.0', '1.1']) {
    for (const [what, behaviour] of answersOfBackends) {
      test(`an answer ${what} to a ${method} of HTTP/${version} carries the id that the backend got, once`, async (t) => {
        const backend = await startBackend(t, behaviour)
        const { port } = await startGateway(t, { BACKENDS: backend.url })
        const answer = await sendBytes(port, `${method} / HTTP/${version}\r\nHost: h\r\nConnection: close\r\n\r\n`).catch(() => undefined)
        const sent = backend.requests[0]?.headers['x-request-id'] as string
        assert.match(sent, made)
        // A client that is cut may see nothing.
        if (answer !== undefined) assert.deepEqual(idsIn(answer), [sent])
      })
    }
  }
}

test('the answer to an upgrade carries the id', async (t) => {
  const backend = await startRawBackend(t, (socket) => {
    socket.on('data', (bytes) => {
      const rest = String(bytes).startsWith('GET /health')
        ? '204 Fine'
        : '101 Go\r\nConnection: Upgrade\r\nUpgrade: x\r\nX-Request-Id: own'
      socket.end(`HTTP/1.1 ${rest}\r\n\r\n`)
    })
  })
  const { port, line } = await startLogged(t, { BACKENDS: backend.url })
  const answer = await sendBytes(port, 'GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
  assert.match(answer, /^HTTP\/1.1 101/)
  assert.deepEqual(idsIn(answer), [(await line())['requestId']])
})

const ownAnswers = [
  { status: 400, request: 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n' },
  { status: 400, request: 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n' },
  { status: 413, request: 'POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 9\r\n\r\ntoo large' },
  { status: 502, request: 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n' },
  { status: 503, request: 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n', hasBackend: false }
]

for (const { status, request, hasBackend = true } of ownAnswers) {
  test(`the gateway's own ${status} to ${JSON.stringify(request)} carries the id that the log has`, async (t) => {
    const backend = await startBackend(t, (_req, res) => { res.socket?.destroy() })
    const { port, line } = await startLogged(t, { BACKENDS: hasBackend ? backend.url : '', MAX_BODY_BYTES: '8', RETRIES: '0' })
    const answer = await sendBytes(port, request)
    assert.ok(answer.startsWith(`HTTP/1.1 ${status} `), answer)
    assert.deepEqual(idsIn(answer), [(await line())['requestId']])
  })
}

test('a retry has the id of the first attempt', async (t) => {
  const cuts = await startBackend(t, (_req, res) => { res.socket?.destroy() })
  const well = await startBackend(t, answers('well'))
  const { url } = await startGateway(t, { BACKENDS: `${cuts.url},${well.url}` })
  const { headers } = await send(url)
  const ids = [cuts, well].map(({ requests }) => requests[0]?.headers['x-request-id'])
  assert.deepEqual(ids, [headers['x-request-id'], headers['x-request-id']])
})

const said = [
  ['an-id of {printable} "ASCII"~', true],
  ['x'.repeat(200), true],
  ['x'.repeat(201), false],
  ['', false],
  ['caf\xe9', false],
  ['a\tb', false]
] as const

for (const [id, isKept] of said) {
  test(`the id ${JSON.stringify(id.slice(0, 40))} of ${id.length} characters ${isKept ? 'is kept' : 'is replaced'} where a trusted peer ` +
    'sends it', async (t) => {
    const backend = await startBackend(t, answers('a'))
    const { port, line } = await startLogged(t, { BACKENDS: backend.url, TRUST_PROXY: 'true' })
    const answer = await sendBytes(port, `GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-Request-Id: ${id}\r\n\r\n`)
    const { requestId } = await line()
    if (isKept) assert.equal(requestId, id)
    else assert.match(String(requestId), made)
    assert.deepEqual([idsIn(answer), backend.requests[0]?.headers['x-request-id']], [[requestId], requestId])
  })
}

test('a hook finds the id in request.id, and request.log writes it', async (t) => {
  const log = memoryLog()
  const backend = await startBackend(t, answers('a'))
  const { app, url } = await startGatewayWith(t, backend.url, log)
  let id: unknown
  app.addHook('onRequest', (request, reply, done) => {
    id = request.id
    request.log.info({ more: 1 }, 'a hook speaks')
    request.log.child({ from: 'child' }).warn('a child speaks')
    reply.log.info('a reply speaks')
    done()
  })
  const { headers } = await send(await url())
  assert.equal(headers['x-request-id'], id)
  assert.deepEqual(
    log
      .lines()
      .filter(({ msg }) => msg.endsWith('speaks'))
      .map(({ msg, requestId, more, from }) => ({ msg, requestId, more, from })),
    [
      { msg: 'a hook speaks', requestId: id, more: 1, from: undefined },
      { msg: 'a child speaks', requestId: id, more: undefined, from: 'child' },
      { msg: 'a reply speaks', requestId: id, more: undefined, from: undefined }
    ]
  )
})

async function startGatewayWith (t: TestContext, backendUrl: string, log = memoryLog()) {
  const app = await buildApp(t, { BACKENDS: backendUrl }, { logger: log.logger })
  return { app, url: () => app.listen({ host: '127.0.0.1', port: 0 }), log }
}

test('what hooks and routes of the owner\'s answer carries the id that the log has', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const { app, url, log } = await startGatewayWith(t, backend.url)
  app.get('/own', () => 'mine')
  app.addHook('onRequest', async (request, reply) => {
    if (request.url === '/forbidden') await reply.code(403).send('no')
    if (request.url === '/wrong') throw new Error('a hook fails')
  })
  const base = await url()
  for (const [path, status] of [['/own', 200], ['/forbidden', 403], ['/wrong', 500]] as const) {
    const answer = await send(base + path)
    assert.equal(answer.status, status)
    const line = await until('the line', () => log.lines('request').find((line) => line['path'] === path))
    assert.match(String(line['requestId']), made)
    assert.equal(answer.headers['x-request-id'], line['requestId'])
  }
  assert.equal(log.lines('request failed')[0]?.['requestId'], log.lines('request').find(({ path }) => path === '/wrong')?.['requestId'])
  assert.equal(backend.requests.length, 0)
})

for (const [what, hasBackend] of [['an answer that has its own', true], ['the gateway\'s own 503', false]] as const) {
  test(`an id that a hook sets on the reply is the only one that the client gets with ${what}`, async (t) => {
    const backend = await startBackend(t, answersWith(200, { 'x-request-id': 'of-the-backend' }))
    const { app, url } = await startGatewayWith(t, hasBackend ? backend.url : '')
    app.addHook('onRequest', (_request, reply, done) => {
      reply.header('X-Request-Id', 'of-the-hook')
      done()
    })
    const { status, headers } = await send(await url())
    assert.deepEqual([status, headers['x-request-id']], [hasBackend ? 200 : 503, 'of-the-hook'])
  })
}

test('ids that the owner makes are used everywhere', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const { app, url, log } = await startGatewayWith(t, backend.url)
  app.setGenReqId(() => 'of-the-owner')
  const { headers } = await send(await url())
  const line = await until('the line', () => log.lines('request')[0])
  assert.deepEqual(
    [headers['x-request-id'], line['requestId'], backend.requests[0]?.headers['x-request-id']],
    Array(3).fill('of-the-owner')
  )
})

for (const id of ['a\r\nX-Evil: 1', '', undefined, 7]) {
  test(`a request whose id the owner has made ${JSON.stringify(id)} is answered 500 and not sent`, async (t) => {
    const backend = await startBackend(t, answers('a'))
    const { app, url } = await startGatewayWith(t, backend.url)
    app.setGenReqId(() => id as string)
    const { status, headers } = await send(await url())
    assert.deepEqual([status, headers['x-evil'], backend.requests.length], [500, undefined, 0])
  })
}
