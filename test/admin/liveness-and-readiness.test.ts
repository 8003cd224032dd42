import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, refusedUrl, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { backendsOf, buildApp, startGateway } from '../helpers/gateway.ts'
import { fails, passes } from '../helpers/service.ts'

test('the gateway is ready while a backend is in rotation', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const { app, adminUrl } = await startGateway(t, { BACKENDS: backend.url, HEALTH_CHECK_FALL: '1', HEALTH_CHECK_RISE: '1' })
  const backends = backendsOf({ app })

  async function readiness () {
    const { status, body } = await send(`${adminUrl}/readyz`)
    return [status, JSON.parse(body)]
  }
  assert.deepEqual(await readiness(), [200, { status: 'ready', inRotation: 1 }])
  fails(app.services.default, ...backends)
  assert.deepEqual(await readiness(), [503, { status: 'no backend in rotation', inRotation: 0 }])
  passes(app.services.default, ...backends)
  assert.deepEqual(await readiness(), [200, { status: 'ready', inRotation: 1 }])
})

test('the gateway is live whatever its backends do', async (t) => {
  const { adminUrl } = await startGateway(t, { BACKENDS: await refusedUrl() })
  const { status, body } = await send(`${adminUrl}/livez`)
  assert.deepEqual([status, JSON.parse(body)], [200, { status: 'live' }])
})

test('neither needs the token', async (t) => {
  const app = await buildApp(t, { ADMIN_TOKEN: 'opensesame-opensesame' })
  assert.equal((await app.admin.inject('/livez')).statusCode, 200)
  assert.deepEqual((await app.admin.inject('/readyz')).json(), { status: 'starting', inRotation: 0 })
})
