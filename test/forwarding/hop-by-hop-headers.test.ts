import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, answersWith, startBackend } from '../helpers/backend.ts'
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
  const backend = await startBackend(t, answersWith(200, { connection: 'close, X-Mine', 'x-mine': '1', 'keep-alive': 'timeout=99', 'x-kept': '1' }, 'a'))
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
