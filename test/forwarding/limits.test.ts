import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, echoes, startBackend } from '../helpers/backend.ts'
import { startByteClient } from '../helpers/bytes.ts'
import { send } from '../helpers/client.ts'
import { backendsOf, startGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'

const framings = {
  'with a length': (bytes: number) => `Content-Length: ${bytes}\r\n\r\n${'x'.repeat(bytes)}`,
  'in one chunk': (bytes: number) => `Transfer-Encoding: chunked\r\n\r\n${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n0\r\n\r\n`,
  'in many chunks': (bytes: number) => `Transfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(bytes)}0\r\n\r\n`
}

for (const [what, framed] of Object.entries(framings)) {
  test(`a body ${what} of MAX_BODY_BYTES passes, and one byte more is answered 413 on a connection that stays`, async (t) => {
    const bodies: string[] = []
    const backend = await startBackend(t, (req, res) => {
      let body = ''
      req.on('data', (piece) => { body += String(piece) })
      req.on('end', () => {
        bodies.push(body)
        res.end('ok')
      })
    })
    const { port, app } = await startGateway(t, { BACKENDS: backend.url, MAX_BODY_BYTES: '1000' })
    const client = await startByteClient(t, port)
    for (const [bytes, told] of [[1000, 'ok'], [1001, '"code":"EVENKEEL_BODY_TOO_LARGE"'], [1, 'ok']] as const) {
      client.forget()
      client.say(`POST / HTTP/1.1\r\nHost: h\r\n${framed(bytes)}`)
      const heard = await client.hears(told)
      assert.match(heard, told === 'ok' ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 413 /)
    }
    assert.deepEqual(bodies, ['x'.repeat(1000), 'x'])
    assert.deepEqual(backendsOf({ app }).map(({ inFlight }) => inFlight), [0])
  })
}

test('a body whose length is too large reaches no backend, and is not waited for', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const { port } = await startGateway(t, { BACKENDS: backend.url, MAX_BODY_BYTES: '1000' })
  const client = await startByteClient(t, port, 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n')
  assert.match(await client.hears('}'), /^HTTP\/1\.1 413 /)
  assert.equal(backend.requests.length, 0)
})

test('the request to the backend ends when a chunked body turns out too large, and the client hears of it while it sends', async (t) => {
  const backend = await startBackend(t, (req) => { req.on('error', () => {}).resume() })
  const { port } = await startGateway(t, { BACKENDS: backend.url, MAX_BODY_BYTES: '100000' })
  const client = await startByteClient(t, port, 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n')
  const chunk = `${(10_000).toString(16)}\r\n${'x'.repeat(10_000)}\r\n`
  for (let i = 0; i < 500; i++) client.say(chunk)
  assert.match(await client.hears('}'), /^HTTP\/1\.1 413 /)
  await until('the request to the backend to end', () => backend.requests[0]?.destroyed)
  assert.equal(backend.requests[0]?.complete, false)
})

test('an answer that has begun is cut when the body turns out too large', async (t) => {
  const backend = await startBackend(t, echoes)
  const { port } = await startGateway(t, { BACKENDS: backend.url, MAX_BODY_BYTES: '10' })
  const client = await startByteClient(t, port, 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
  await client.hears('hello')
  client.say('6\r\nworld!\r\n0\r\n\r\n')
  const heard = await client.hearsTheEnd()
  assert.doesNotMatch(heard, /HTTP\/1\.1 413|0\r\n\r\n$/)
})

test('with MAX_REQUESTS_PER_BACKEND each backend gets so many at a time, and the next request 503 where none may wait', async (t) => {
  const waiting: Array<() => void> = []
  const backends = await Promise.all([1, 2].map(() => startBackend(t, (_req, res) => { waiting.push(() => { res.end('at last') }) })))
  const settings = { MAX_REQUESTS_PER_BACKEND: '2', QUEUE_SIZE: '0' }
  const { url, app } = await startGateway(t, { BACKENDS: backends.map(({ url }) => url).join(), ...settings })
  const held = [1, 2, 3, 4].map(() => send(url))
  await until('the requests to arrive', () => waiting.length === 4)
  assert.deepEqual(backends.map(({ requests }) => requests.length), [2, 2])

  const { status, headers, body } = await send(url)
  assert.deepEqual([status, JSON.parse(body).code], [503, 'EVENKEEL_OVERLOADED'])
  assert.match(headers['retry-after'] ?? '', /^[1-9][0-9]*$/)
  assert.equal(waiting.length, 4)

  waiting.shift()?.()
  await until('a place to be free', () => backendsOf({ app }).some(({ inFlight }) => inFlight < 2))
  held.push(send(url))
  await until('the next request to arrive', () => waiting.length === 4)
  for (const answer of waiting) answer()
  for (const { body } of await Promise.all(held)) assert.equal(body, 'at last')
})
