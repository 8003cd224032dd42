import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'

test('the backend is told who the client is, whatever the client claims', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  await send(url, {
    headers: {
      host: 'shop.example:8080',
      'X-Forwarded-For': ['6.6.6.6', '7.7.7.7'],
      'x-forwarded-proto': 'https',
      'X-FORWARDED-HOST': 'evil.example'
    }
  })
  const headers = backend.requests[0]?.headers
  assert.equal(headers?.['x-forwarded-for'], '127.0.0.1')
  assert.equal(headers?.['x-forwarded-proto'], 'http')
  assert.equal(headers?.['x-forwarded-host'], 'shop.example:8080')
})

test('a Forwarded header of the client does not reach the backend as it was', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  await send(url, { headers: { forwarded: 'for=6.6.6.6' } })
  assert.doesNotMatch(String(backend.requests[0]?.headers.forwarded), /6\.6\.6\.6/)
})

test('the Host header is the client\'s', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  await send(url, { headers: { host: 'shop.example' } })
  assert.equal(backend.requests[0]?.headers.host, 'shop.example')
})
