import assert from 'node:assert/strict'
import { test } from 'node:test'
import underPressure from '@fastify/under-pressure'
import { answers } from '../../helpers/backend.ts'
import { send } from '../../helpers/client.ts'
import { until } from '../../helpers/until.ts'
import { attack } from '../../helpers/wire.ts'
import { startWithPlugin } from './start.ts'

async function startUnderPressure (t: Parameters<typeof startWithPlugin>[0]) {
  const state = { isWell: true }
  const started = await startWithPlugin(t, answers('theirs'), async (app) => {
    await app.register(underPressure, {
      healthCheck: async () => state.isWell,
      healthCheckInterval: 5,
      retryAfter: 7,
      exposeStatusRoute: { url: '/status', routeOpts: {}, routeSchemaOpts: {} }
    })
    app.get('/own', async () => 'own')
  })
  return { ...started, state }
}

test('@fastify/under-pressure answers its health route, and lets everything pass while all is well', async (t) => {
  const { url, backend } = await startUnderPressure(t)
  const answered = await Promise.all(['/status', '/own', '/theirs'].map(async (path) => (await send(url + path)).body))
  assert.deepEqual(answered, ['{"status":"ok"}', 'own', 'theirs'])
  assert.deepEqual(backend.requests.map(({ url }) => url), ['/theirs'])
})

test('@fastify/under-pressure answers 503 to what is forwarded, upgrades too, until the pressure is gone', async (t) => {
  const { url, port, backend, state } = await startUnderPressure(t)
  state.isWell = false
  await until('the pressure to be noticed', async () => (await send(`${url}/own`)).status === 503)
  for (const path of ['/theirs', '/own', '/status']) {
    const answer = await send(url + path)
    assert.deepEqual([answer.status, answer.headers['retry-after']], [503, '7'])
    assert.equal((JSON.parse(answer.body) as { code: string }).code, 'FST_UNDER_PRESSURE')
  }
  assert.match(await attack(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'), /^HTTP\/1\.1 503 /)
  assert.equal(backend.requests.length, 0)
  state.isWell = true
  await until('the pressure to be gone', async () => (await send(`${url}/theirs`)).body === 'theirs')
})

test('@fastify/under-pressure refuses a body that is still being sent, and the connection ends well', async (t) => {
  const { url, state, backend } = await startUnderPressure(t)
  state.isWell = false
  await until('the pressure to be noticed', async () => (await send(`${url}/own`)).status === 503)
  const answer = await send(`${url}/theirs`, { method: 'POST', body: 'x'.repeat(100_000) })
  assert.equal(answer.status, 503)
  assert.equal(backend.requests.length, 0)
})
