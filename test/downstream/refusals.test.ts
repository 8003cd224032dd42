import assert from 'node:assert/strict'
import { test } from 'node:test'
import { echo, holds, startListener } from '../helpers/listener.ts'
import { settled, until } from '../helpers/until.ts'

const get = 'GET / HTTP/1.1\r\nHost: h\r\n'

/** Bytes that are no request, what their client is told, and what is told of it. */
const refusals: Record<string, { bytes: string, status?: number, answer?: string, reason?: string, code?: string }> = {
  garbage: { bytes: 'G@T / HTTP/1.1\r\n\r\n', code: 'invalid-method' },
  'another version': { bytes: 'GET / HTTP/3.0\r\n\r\n', code: 'invalid-version' },
  'a folded line': { bytes: `${get}X-A: b\r\n c\r\n\r\n`, code: 'invalid-field-name' },
  'two framings': { bytes: `${get}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`, code: 'ambiguous-framing' },
  CONNECT: {
    bytes: 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n',
    status: 405,
    answer: 'EVENKEEL_METHOD_NOT_ALLOWED',
    reason: 'method-not-allowed'
  },
  'a head that is too large': {
    bytes: `${get}X: ${'x'.repeat(20_000)}\r\n\r\n`,
    status: 431,
    answer: 'EVENKEEL_HEADERS_TOO_LARGE',
    reason: 'headers-too-large',
    code: 'head-too-large'
  },
  'too many fields': {
    bytes: `${get}${'a:\r\n'.repeat(200)}\r\n`,
    status: 431,
    answer: 'EVENKEEL_HEADERS_TOO_LARGE',
    reason: 'headers-too-large',
    code: 'too-many-fields'
  },
  'a TLS hello': {
    bytes: '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03',
    answer: 'This port speaks HTTP, not HTTPS',
    reason: 'tls-hello',
    code: 'tls-hello'
  }
}

for (const [what, { bytes, status = 400, answer = 'EVENKEEL_BAD_REQUEST', reason = 'malformed', code }] of Object.entries(refusals)) {
  test(`${what} is answered ${status}, told once, and ends the connection`, async (t) => {
    const { client, heard, refused, listener } = await startListener(t, echo)
    const end = await client(`GET /before HTTP/1.1\r\nHost: h\r\n\r\n${bytes}GET /after HTTP/1.1\r\nHost: h\r\n\r\n`)
    const received = await end.hearsTheEnd()
    const [, refusal = ''] = received.split('GET /before\n')
    const [head = '', json = ''] = refusal.split('\r\n\r\n')
    assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} .*\\r\\n[^]*\\r\\nConnection: close$`))
    assert.match(head, new RegExp(`\\r\\nContent-Length: ${json.length}\\r\\n`))
    assert.ok(json.includes(answer), json)
    assert.equal((JSON.parse(json) as { statusCode: number }).statusCode, status)
    assert.deepEqual(refused, [{ reason, statusCode: status, code, client: '127.0.0.1' }])
    assert.equal(heard.length, 1)
    await until('the connection to be closed', () => listener.idle + listener.busy === 0)
  })
}

test('a refusal waits for the response before it', async (t) => {
  const { client, heard } = await startListener(t, holds)
  const end = await client(`${get}\r\nGARBAGE\r\n\r\n`)
  const one = await until('the request', () => heard[0])
  await settled()
  assert.equal(end.heard(), '')
  one.answer('first')
  assert.match(await end.hearsTheEnd(), /^HTTP\/1\.1 200 [^]*firstHTTP\/1\.1 400 /)
})

for (const bytes of ['G', 'GET / HTTP/1.1\r\nHost: h\r\nX-A']) {
  test(`a head that stops after ${bytes.length} bytes is answered 408 when its time is over`, async (t) => {
    const { client, clock, refused, listener } = await startListener(t, echo, { headerTimeoutMs: 1700 })
    const end = await client()
    await until('the connection', () => listener.idle === 1)
    clock.advance(1000)
    end.say(bytes)
    await until('the bytes', () => clock.hasTaskIn(700) && listenerHasPart())
    clock.advance(1699)
    assert.deepEqual(refused, [])
    clock.advance(1)
    assert.match(await end.hearsTheEnd(), /^HTTP\/1\.1 408 Request Timeout\r\n[^]*EVENKEEL_REQUEST_TIMEOUT/)
    assert.deepEqual(refused.map(({ reason, statusCode }) => [reason, statusCode]), [['timeout', 408]])

    function listenerHasPart (): boolean {
      return listener.awaited === 1
    }
  })
}

test('the time of a head on a kept connection begins with its first byte', async (t) => {
  const { client, clock, listener, refused } = await startListener(t, echo, { headerTimeoutMs: 1700 })
  const end = await client(`${get}\r\n`)
  await end.hears('GET /\n')
  clock.advance(60_000)
  end.say('GET /')
  await until('the bytes', () => listener.awaited === 1)
  clock.advance(1000)
  end.say(' HTTP/1.1\r\n')
  await settled()
  clock.advance(699)
  assert.deepEqual(refused, [])
  clock.advance(1)
  assert.match(await end.hearsTheEnd(), /HTTP\/1\.1 408 /)
  assert.equal(refused.length, 1)
})

test('a connection without a byte is told 408, and is no refused request', async (t) => {
  const { client, clock, listener, refused } = await startListener(t, echo, { headerTimeoutMs: 1700 })
  const end = await client()
  await until('the connection', () => listener.idle === 1)
  clock.advance(1700)
  assert.match(await end.hearsTheEnd(), /^HTTP\/1\.1 408 /)
  assert.deepEqual(refused, [])
})

test('a request in flight has no limit here', async (t) => {
  const { client, clock, heard } = await startListener(t, holds)
  const end = await client(`${get}\r\n`)
  const one = await until('the request', () => heard[0])
  clock.advance(1e9)
  one.answer('late')
  await end.hears('late')
})

test('connections beyond maxConnections are dropped, and the others served', async (t) => {
  const { client, listener } = await startListener(t, echo, { maxConnections: 1 })
  let drops = 0
  listener.on('drop', () => { drops++ })
  const first = await client(`${get}\r\n`)
  await first.hears('GET /\n')
  const second = await client(`${get}\r\n`)
  assert.equal(await second.hearsTheEnd(), '')
  assert.equal(drops, 1)
  first.forget()
  first.say(`${get}\r\n`)
  await first.hears('GET /\n')
})
