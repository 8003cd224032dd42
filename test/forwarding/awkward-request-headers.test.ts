import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { echoes, startBackend } from '../helpers/backend.ts'
import { send, sendBytes } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'

test('a client that waits for 100 Continue is told to go on and gets its answer', async (t) => {
  const backend = await startBackend(t, echoes)
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  const req = request(url, { method: 'POST', agent: false, headers: { expect: '100-continue', 'content-length': '5' } })
  req.flushHeaders()
  await once(req, 'continue')
  req.end('hello')
  const [response] = await once(req, 'response') as [IncomingMessage]
  assert.equal(response.statusCode, 200)
  assert.equal(String((await once(response, 'data'))[0]), 'hello')
})

test('a client that asks for 100 Continue and does not wait gets its answer', async (t) => {
  const backend = await startBackend(t, echoes)
  const { port } = await startGateway(t, { BACKENDS: backend.url })
  const answer = await sendBytes(
    port,
    'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello'
  )
  assert.match(answer, /HTTP\/1\.1 200 OK\r\n[^]*hello/)
})

test('a Keep-Alive header does no harm and goes no further', async (t) => {
  const backend = await startBackend(t, echoes)
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  const answer = await send(url, { headers: { 'keep-alive': 'timeout=5', connection: 'keep-alive' } })
  assert.equal(answer.status, 200)
  assert.equal(backend.requests[0]?.headers['keep-alive'], undefined)
})

test('a client of HTTP/1.0 without a Host header gets its answer', async (t) => {
  const backend = await startBackend(t, (_req, res) => {
    res.write('in ')
    res.end('pieces')
  })
  const { port } = await startGateway(t, { BACKENDS: backend.url })
  const answer = await sendBytes(port, 'GET / HTTP/1.0\r\n\r\n')
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nin pieces$/)
  assert.doesNotMatch(answer, /transfer-encoding/i)
})
