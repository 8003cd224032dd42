import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { neverAnswers, startBackend } from '../helpers/backend.ts'
import { open } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'

test('the request to the backend ends when the client leaves before the answer', async (t) => {
  const backend = await startBackend(t, neverAnswers)
  const { url, app } = await startGateway(t, { BACKENDS: backend.url })
  const req = request(url, { agent: false }).on('error', () => {})
  req.end()
  await until('the request to arrive', () => backend.requests.length === 1)
  req.socket?.resetAndDestroy()
  await until('the connection to the backend to be closed', () => backend.requests[0]?.socket.destroyed)
  assert.equal(app.registry.backends()[0]?.inFlight, 0)
})

test('the response of the backend is not read on when the client leaves in the middle', async (t) => {
  const backend = await startBackend(t, (_req, res) => { res.write('first') })
  const { url, app } = await startGateway(t, { BACKENDS: backend.url })
  const response = await open(url)
  response.on('error', () => {})
  response.socket.resetAndDestroy()
  await until('the connection to the backend to be closed', () => backend.requests[0]?.socket.destroyed)
  assert.equal(app.registry.backends()[0]?.inFlight, 0)
})
