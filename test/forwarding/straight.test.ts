import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test, type TestContext } from 'node:test'
import type { ExchangeRecord } from '../../src/forwarding/exchange-record.ts'
import { Fields } from '../../src/http/fields.ts'
import { MessageError } from '../../src/http1/message-error.ts'
import { startByteBackend, type ByteBackend } from '../helpers/bytes.ts'
import { FakeClock } from '../helpers/clock.ts'
import { implicitRoute } from '../../src/routing/route-info.ts'
import { FakeExchange } from '../helpers/fake-exchange.ts'
import { startGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'

const ok = 'HTTP/1.1 200 OK\r\nX-Theirs: 1\r\nContent-Length: 4\r\n\r\nbody'

/** A forwarder as the application has it, which gets exchanges that Fastify has not seen. */
async function startForwarder (t: TestContext, behaviour: Parameters<typeof startByteBackend>[1], settings: Record<string, string> = {}) {
  const clock = new FakeClock()
  const backend = await startByteBackend(t, behaviour)
  const { app } = await startGateway(t, { BACKENDS: backend.url, RETRIES: '0', ...settings }, { clock })
  const records: ExchangeRecord[] = []
  app.exchanges.subscribe((record) => { records.push(record) })
  const forward = (exchange: FakeExchange, options?: Parameters<typeof app.forwarder.forward>[1]): FakeExchange => {
    app.forwarder.forward(exchange, options)
    return exchange
  }
  return { app, backend, clock, records, forward }
}

async function headAt ({ connected }: ByteBackend): Promise<string> {
  return (await connected(0)).hears('\r\n\r\n')
}

test('an exchange is all that is needed to forward a request: its name is the gateway\'s, and its end one record', async (t) => {
  const { forward, backend, records, app } = await startForwarder(t, (end) => { end.say(ok) })
  const exchange = forward(new FakeExchange({ target: '/path?query', fields: ['X-Mine', '2'] }))
  assert.equal(app.forwarder.openExchanges, 1)
  await until('the end', () => exchange.isEnded)
  const head = await headAt(backend)
  assert.match(head, /^GET \/path\?query HTTP\/1\.1\r\nHost: h\r\nX-Mine: 2\r\n/)
  const [, requestId] = /X-Request-Id: (\S+)\r\n/.exec(head) ?? []
  assert.deepEqual([exchange.statusCode, exchange.received, exchange.trailers], [200, 'body', ''])
  assert.match(exchange.lines, new RegExp(`^X-Theirs: 1\\r\\nContent-Length: 4\\r\\nDate: .*\\r\\nX-Request-Id: ${requestId}\\r\\n$`))
  assert.equal(app.forwarder.openExchanges, 0)
  const [{ attempts, startedAt, headAt: answeredAt, endedAt, ...record } = assert.fail()] = records
  assert.deepEqual(record, {
    requestId,
    service: 'default',
    route: implicitRoute,
    method: 'GET',
    host: 'h',
    path: '/path?query',
    version: '1.1',
    statusCode: 200,
    grpcStatus: undefined,
    client: '127.0.0.1',
    outcome: 'success'
  })
  assert.ok(startedAt <= answeredAt && answeredAt <= endedAt)
  assert.deepEqual(attempts.map(({ reason, party }) => [reason, party]), [[undefined, undefined]])
})

test('a body is asked for when there is a backend, passes in pieces, and takes its trailers along', async (t) => {
  const { forward, backend } = await startForwarder(t, () => {})
  const exchange = forward(new FakeExchange({ method: 'POST', body: 'stream' }))
  assert.deepEqual(exchange.calls, ['hold'])
  await until('the body to be read', () => exchange.calls.includes('read'))
  exchange.listener.onBody(Buffer.from('first'))
  exchange.listener.onBody(Buffer.from('second'))
  exchange.listener.onBodyEnd(Fields.from(['X-Sum', '1', 'Content-Type', 'no/trailer']))
  const heard = await (await backend.connected(0)).hears('X-Sum: 1\r\n\r\n')
  assert.ok(heard.endsWith('\r\n\r\n5\r\nfirst\r\n6\r\nsecond\r\n0\r\nX-Sum: 1\r\n\r\n'), heard)
})

test('a body that turns out to be none is a 400, and no fault of the backend', async (t) => {
  const { forward, app, records } = await startForwarder(t, () => {}, { OUTLIER_FAILURES: '1' })
  const exchange = forward(new FakeExchange({ method: 'POST', body: 'stream' }))
  await until('the body to be read', () => exchange.calls.includes('read'))
  exchange.listener.onBodyError(new MessageError('invalid-chunk-size'))
  assert.deepEqual([exchange.statusCode, exchange.isEnded, exchange.calls.at(-1)], [400, true, 'discard'])
  assert.equal(records[0]?.outcome, 'client-abort')
  assert.deepEqual(app.services.default.backends().map(({ state, inFlight }) => [state, inFlight]), [['healthy', 0]])
})

test('of a body that a hook has put another one in place of, the pieces go to who has read them before', async (t) => {
  const { forward, backend } = await startForwarder(t, () => {})
  const exchange = new FakeExchange({ method: 'POST', body: 'length', contentLength: 3 })
  const heard: string[] = []
  exchange.listener = {
    onBody: (bytes) => { heard.push(bytes.toString()) },
    onBodyEnd: () => { heard.push('the end') },
    onBodyError () {},
    onDrain () {},
    onEnd () {},
    onThrown () {}
  }
  const replacement = new PassThrough()
  forward(exchange, { body: replacement })
  exchange.listener.onBody(Buffer.from('old'))
  exchange.listener.onBodyEnd(Fields.none)
  replacement.end('new body')
  const sent = await (await backend.connected(0)).hears('\r\n0\r\n\r\n')
  assert.ok(sent.endsWith('Transfer-Encoding: chunked\r\n\r\n8\r\nnew body\r\n0\r\n\r\n'), sent)
  assert.deepEqual([heard, exchange.calls], [['old', 'the end'], []])
})

test('a backend that ends within a response makes it a cut one, and that is its failure', async (t) => {
  const { forward, records } = await startForwarder(t, async (end) => {
    end.say('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')
    await until('the half to be with the client', () => half.received === 'half')
    end.socket.end()
  })
  const half = forward(new FakeExchange())
  await until('the end', () => half.isEnded)
  assert.deepEqual(half.calls, ['reset cut'])
  const [{ outcome, statusCode, attempts } = assert.fail()] = records
  assert.deepEqual([outcome, statusCode, attempts[0]?.reason, attempts[0]?.party], ['backend-failure', 200, 'closed', 'backend'])
})

test('nothing of a response that turns out to be none before it was sent reaches the client', async (t) => {
  const { forward } = await startForwarder(t, (end) => {
    end.say('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nno size\r\n')
  })
  const exchange = forward(new FakeExchange())
  await until('the end', () => exchange.isEnded)
  assert.equal(exchange.statusCode, 502)
  assert.match(exchange.received, /^\{.*EVENKEEL_BACKEND_FAILED/)
})

test('a backend waits for a client that takes in nothing, which is cut when its time is over', async (t) => {
  const { forward, clock, app, records } = await startForwarder(t, (end) => {
    end.say('HTTP/1.1 200 OK\r\n\r\nbegin')
  }, { BODY_IDLE_TIMEOUT_MS: '1700' })
  const exchange = new FakeExchange()
  exchange.hasRoom = false
  forward(exchange)
  await until('the beginning', () => exchange.received === 'begin')
  clock.advance(1700)
  assert.deepEqual(exchange.calls, ['reset timeout'])
  assert.deepEqual([records[0]?.outcome, records[0]?.attempts[0]?.party], ['client-abort', 'client'])
  assert.deepEqual(app.services.default.backends().map(({ state, inFlight }) => [state, inFlight]), [['healthy', 0]])
})

test('of a response that is whole, the rest has time as long as the client takes in some of it', async (t) => {
  const { forward, clock, app } = await startForwarder(t, (end) => { end.say(ok) }, { BODY_IDLE_TIMEOUT_MS: '1700' })
  const exchange = new FakeExchange()
  exchange.unsentBytes = 3
  forward(exchange)
  await until('the response to be whole', () => exchange.trailers !== undefined)
  assert.deepEqual(app.services.default.backends().map(({ inFlight }) => inFlight), [0])
  exchange.unsentBytes = 2
  clock.advance(1700)
  assert.equal(exchange.isEnded, false)
  clock.advance(1700)
  assert.deepEqual(exchange.calls, ['reset timeout'])
})

test('a request whose client has left before it is forwarded is sent to nobody', async (t) => {
  const { forward, records, backend, app } = await startForwarder(t, () => {})
  const exchange = new FakeExchange()
  exchange.isEnded = true
  forward(exchange)
  assert.deepEqual(records.map(({ outcome, attempts }) => [outcome, attempts.length]), [['client-abort', 0]])
  assert.equal(backend.connections.length, 0)
  assert.equal(app.forwarder.openExchanges, 0)
})

for (const { what, request, statusCode, isLast } of [
  { what: 'is malformed', request: { isMalformed: true }, statusCode: 400, isLast: true },
  { what: 'is too large', request: { method: 'PUT', body: 'length', contentLength: 11 }, statusCode: 413, isLast: false }
] as const) {
  test(`a request that ${what} is answered ${statusCode} without a backend`, async (t) => {
    const { forward, backend } = await startForwarder(t, () => {}, { MAX_BODY_BYTES: '10' })
    const exchange = forward(new FakeExchange(request))
    assert.deepEqual([exchange.statusCode, exchange.isLast, exchange.isEnded, backend.connections.length], [statusCode, isLast, true, 0])
  })
}

test('a request that has come through this gateway before is answered 508', async (t) => {
  const { forward, backend } = await startForwarder(t, (end) => { end.say(ok) })
  const first = forward(new FakeExchange())
  await until('the end', () => first.isEnded)
  const [, via = ''] = /\r\nVia: (.*)\r\n/.exec(await headAt(backend)) ?? []
  assert.equal(forward(new FakeExchange({ fields: ['Via', via] })).statusCode, 508)
})
