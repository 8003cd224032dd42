import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../helpers/clock.ts'
import { send } from '../helpers/client.ts'
import { memoryLog } from '../helpers/log.ts'
import { until } from '../helpers/until.ts'
import { startGateway, type TestGateway } from '../helpers/gateway.ts'
import { answers, startBackend } from '../helpers/backend.ts'
import { attack } from '../helpers/wire.ts'

const get = 'GET /x HTTP/1.1\r\nHost: h\r\n'

async function figures ({ adminUrl }: TestGateway, name: string): Promise<string[]> {
  const { body } = await send(`${adminUrl}/metrics`)
  return body.split('\n').filter((line) => line.startsWith(name)).map((line) => line.slice(name.length))
}

const refused: Array<{ what: string, bytes: string, reason: string, statusCode?: number, code?: string }> = [
  { what: 'no request', bytes: 'G@T / HTTP/1.1\r\n\r\n', reason: 'malformed', statusCode: 400, code: 'invalid-method' },
  { what: 'a method of RTSP', bytes: 'PLAY /x RTSP/1.0\r\nCSeq: 1\r\n\r\n', reason: 'malformed', statusCode: 400, code: 'invalid-method' },
  { what: 'CONNECT', bytes: 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n', reason: 'method-not-allowed', statusCode: 405 },
  {
    what: 'a head that is too long',
    bytes: `${get}X: ${'x'.repeat(20_000)}\r\n\r\n`,
    reason: 'headers-too-large',
    statusCode: 431,
    code: 'head-too-large'
  },
  {
    what: 'too many fields',
    bytes: `${get}${'a:\r\n'.repeat(200)}\r\n`,
    reason: 'headers-too-large',
    statusCode: 431,
    code: 'too-many-fields'
  },
  {
    what: 'an upgrade with too many fields',
    bytes: `${get}Connection: Upgrade\r\nUpgrade: x\r\n${'a:\r\n'.repeat(198)}\r\n`,
    reason: 'headers-too-large',
    statusCode: 431,
    code: 'too-many-fields'
  }
]

for (const { what, bytes, reason, statusCode, code } of refused) {
  test(`${what} is counted once, as ${reason}, and has one line in the log`, async (t) => {
    const log = memoryLog()
    // A first request is served where there is one, but never answered.
    const backend = await startBackend(t, () => {})
    const gateway = await startGateway(t, { BACKENDS: backend.url }, { logger: log.logger })
    const received = await attack(gateway.port, bytes)
    if (statusCode !== undefined) assert.match(received, new RegExp(`^HTTP/1\\.1 ${statusCode} `))
    assert.deepEqual(await figures(gateway, 'evenkeel_refused_requests_total'), [`{reason="${reason}"} 1`])
    const lines = log.lines('request refused')
    assert.deepEqual(
      lines.map(({ reason, statusCode, code, client }) => [reason, statusCode, code, client]), [[reason, statusCode, code, '127.0.0.1']]
    )
  })
}

test('a head of 200 fields is served', async (t) => {
  const backend = await startBackend(t, answers('hello'))
  const gateway = await startGateway(t, { BACKENDS: backend.url })
  const received = await attack(gateway.port, `${get}Connection: close\r\n${'a:\r\n'.repeat(198)}\r\n`)
  assert.match(received, /^HTTP\/1\.1 200 [^]*hello/)
  assert.deepEqual(await figures(gateway, 'evenkeel_refused_requests_total'), [])
})

test('a head that does not come is a timeout; a connection without a byte is none', async (t) => {
  const log = memoryLog()
  const clock = new FakeClock()
  const gateway = await startGateway(t, {}, { logger: log.logger, clock })
  const attacks = Promise.all([attack(gateway.port, ''), attack(gateway.port, 'GET / HT')])
  await until('both', () => gateway.app.listener.idle === 2 && gateway.app.listener.awaited === 1)
  clock.advance(10_000)
  const [, half] = await attacks
  assert.match(half, /^HTTP\/1\.1 408 /)
  assert.deepEqual(await figures(gateway, 'evenkeel_refused_requests_total'), ['{reason="timeout"} 1'])
})

for (const [what, bytes, status] of [
  ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['a body that is none', 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nXYZ\r\n', 400]
] as const) {
  test(`a request with ${what} is an exchange, and not counted here again`, async (t) => {
    const backend = await startBackend(t, () => {})
    const gateway = await startGateway(t, { BACKENDS: backend.url })
    assert.match(await attack(gateway.port, bytes), new RegExp(`^HTTP/1\\.1 ${status} `))
    await until('the exchange to be over', async () => (await figures(gateway, 'evenkeel_requests_total{')).length === 1)
    assert.deepEqual(await figures(gateway, 'evenkeel_refused_requests_total'), [])
  })
}

test('of many within a second ten are logged, then how many there were beyond them; no byte of theirs is', async (t) => {
  const log = memoryLog()
  const clock = new FakeClock()
  const gateway = await startGateway(t, {}, { logger: log.logger, clock })
  for (let i = 0; i < 25; i++) await attack(gateway.port, '\x1b[2Jevil\r\n\r\n')
  assert.equal(log.lines('request refused').length, 10)
  clock.advance(1000)
  assert.deepEqual(log.lines('more requests refused within the same second').map(({ level, requests }) => [level, requests]), [[40, 15]])
  await attack(gateway.port, '\x1b[2Jevil\r\n\r\n')
  assert.equal(log.lines('request refused').length, 11)
  assert.doesNotMatch(log.text(), /evil|\\u001b/)
})

test('connections beyond MAX_CLIENT_CONNECTIONS are counted', async (t) => {
  const gateway = await startGateway(t, { MAX_CLIENT_CONNECTIONS: '1' })
  const first = attack(gateway.port, 'GET / HT')
  await attack(gateway.port, get)
  gateway.app.server.closeAllConnections()
  await first
  assert.deepEqual(await figures(gateway, 'evenkeel_refused_requests_total'), ['{reason="too-many-connections"} 1'])
})
