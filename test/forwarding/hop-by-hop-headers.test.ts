import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, answersWith, startBackend } from '../helpers/backend.ts'
import { startByteBackend, startByteClient } from '../helpers/bytes.ts'
import { send } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'

test('headers of the client\'s connection end at the gateway', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  await send(url, {
    headers: {
      connection: 'keep-alive, X-Mine , close',
      'x-mine': '1',
      'keep-alive': 'timeout=5',
      'proxy-connection': 'keep-alive',
      te: 'gzip',
      'x-kept': '1'
    }
  })
  const headers = backend.requests[0]?.headers ?? {}
  for (const name of ['x-mine', 'keep-alive', 'proxy-connection', 'te']) assert.equal(headers[name], undefined, name)
  assert.doesNotMatch(String(headers.connection), /x-mine/i)
  assert.equal(headers['x-kept'], '1')
})

test('headers of the backend\'s connection end at the gateway', async (t) => {
  const backend = await startBackend(
    t,
    answersWith(200, { connection: 'close, X-Mine', 'x-mine': '1', 'keep-alive': 'timeout=99', 'x-kept': '1' }, 'a')
  )
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  const { headers } = await send(url)
  assert.equal(headers['x-mine'], undefined)
  assert.notEqual(headers['keep-alive'], 'timeout=99')
  assert.doesNotMatch(String(headers.connection), /x-mine/i)
  assert.equal(headers['x-kept'], '1')
})

test('other headers pass in both directions, repeated ones and bytes of latin1 included', async (t) => {
  const backend = await startBackend(t, (req, res) => {
    res.setHeader('set-cookie', ['a=1', 'b=2'])
    res.setHeader('x-echo', req.headers['x-sent'] ?? '')
    res.end()
  })
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  const { headers } = await send(url, { headers: { 'x-sent': 'caf\u00e9', cookie: 'a=1; b=2' } })
  assert.deepEqual(headers['set-cookie'], ['a=1', 'b=2'])
  assert.equal(headers['x-echo'], 'caf\u00e9')
  assert.equal(backend.requests[0]?.headers.cookie, 'a=1; b=2')
})

test('names that several Connection headers list go in neither direction', async (t) => {
  const hop = 'Connection: X-One\r\nX-One: 1\r\nconnection: keep-alive ,x-two,\tX-THREE\r\nx-Two: 2\r\nX-Three: 3\r\nX-Kept: 1\r\n'
  const backend = await startByteBackend(t, (end) => { end.say(`HTTP/1.1 200 OK\r\n${hop}Proxy: 1\r\nContent-Length: 2\r\n\r\nok`) })
  const { port } = await startGateway(t, { BACKENDS: backend.url })
  const client = await startByteClient(t, port, `GET / HTTP/1.1\r\nHost: h\r\n${hop}Proxy: http://evil.example\r\n\r\n`)
  for (const heard of [await client.hears('ok'), backend.connections[0]?.heard() ?? '']) {
    assert.doesNotMatch(heard, /^(x-one|x-two|x-three|proxy):/im)
    assert.match(heard, /^X-Kept: 1\r$/m)
  }
})

for (const trust of ['true', 'false']) {
  test(`a Connection header drops nothing that the gateway sets or goes by, with TRUST_PROXY=${trust}`, async (t) => {
    const backend = await startBackend(t, answers('a'))
    const { url } = await startGateway(t, { BACKENDS: backend.url, TRUST_PROXY: trust })
    const claims = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port', 'via', 'x-request-id']
    const names = [...claims, 'host', 'content-length', 'expect']
    const claimed = Object.fromEntries(claims.map((name) => [name, 'claimed']))
    for (const connection of ['close', `close, ${names}`]) {
      await send(url, { method: 'POST', headers: { ...claimed, connection, 'content-length': '5', expect: '100-continue' }, body: 'hello' })
    }
    // Ids of the gateway's own end with a number.
    const valueOf = (value: unknown): string => String(value).replace(/-[0-9a-z]$/, '')
    const [plain, attacked] = backend.requests.map(({ headers }) => names.map((name) => [name, valueOf(headers[name])]))
    assert.deepEqual(attacked, plain)
    for (const [name, value] of attacked ?? []) assert.notEqual(value, 'undefined', name)
  })
}

for (const [what, said] of Object.entries({
  'says Connection: close': 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok',
  'is of HTTP/1.0': 'HTTP/1.0 200 OK\r\n\r\nok'
})) {
  test(`a backend that ${what} leaves the client its connection`, async (t) => {
    const backend = await startByteBackend(t, (end) => {
      end.say(said)
      end.socket.end()
    })
    const { port } = await startGateway(t, { BACKENDS: backend.url })
    const client = await startByteClient(t, port)
    for (const path of ['/first', '/second']) {
      client.say(`GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`)
      assert.doesNotMatch(await client.hears('ok'), /close/i)
      client.forget()
    }
    assert.equal(backend.connections.length, 2)
  })
}
