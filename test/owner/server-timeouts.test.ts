import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildApp } from '../helpers/gateway.ts'

test('the timeouts of the server that owners know from node:http take effect, or say what to set instead', async (t) => {
  const app = await buildApp(t, { KEEP_ALIVE_TIMEOUT_MS: '5000', REQUEST_HEADER_TIMEOUT_MS: '6000' })
  const { server, listener } = app
  assert.deepEqual([server.keepAliveTimeout, server.headersTimeout], [5000, 6000])
  server.keepAliveTimeout = 7000
  server.headersTimeout = 8000
  assert.deepEqual([listener.keepAliveTimeoutMs, listener.headerTimeoutMs], [7000, 8000])
  assert.throws(() => { server.requestTimeout = 1 }, /set REQUEST_HEADER_TIMEOUT_MS and BODY_IDLE_TIMEOUT_MS/)
  assert.throws(() => { server.setTimeout(1) }, /set BODY_IDLE_TIMEOUT_MS and TUNNEL_IDLE_TIMEOUT_MS/)
})
