import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, refusedUrl, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'

test('without backends the answer is 503 and says why', async (t) => {
  const { url } = await startGateway(t, {})
  const { status, headers, body } = await send(`${url}/path`)
  assert.equal(status, 503)
  assert.match(headers['retry-after'] ?? '', /^[1-9][0-9]*$/)
  assert.equal(headers['content-type'], 'application/json; charset=utf-8')
  assert.deepEqual(JSON.parse(body), {
    statusCode: 503,
    code: 'EVENKEEL_NO_BACKEND',
    error: 'Service Unavailable',
    message: 'No backend is in rotation: none is registered'
  })
})

test('when all backends are unhealthy the answer is 503 and they are left alone', async (t) => {
  const sick = await startBackend(t, answers('a'), () => false)
  const { url } = await startGateway(t, { BACKENDS: `${sick.url},${await refusedUrl()}` })
  const { status, headers, body } = await send(url, { method: 'POST', body: 'hello' })
  assert.equal(status, 503)
  assert.match(headers['retry-after'] ?? '', /^[1-9][0-9]*$/)
  assert.equal(JSON.parse(body).message, 'No backend is in rotation: none is healthy')
  assert.doesNotMatch(body, /127\.0\.0\.1/)
  assert.equal(sick.requests.length, 0)
})

test('a backend that fails its first check gets no request while another is up', async (t) => {
  const [sick, well] = [await startBackend(t, answers('sick'), () => false), await startBackend(t, answers('well'))]
  const { url } = await startGateway(t, { BACKENDS: `${sick.url},${well.url}` })
  for (let i = 0; i < 4; i++) assert.equal((await send(url)).body, 'well')
  assert.equal(sick.requests.length, 0)
})
