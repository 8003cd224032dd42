import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, startBackend, startRawBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { FakeClock } from '../helpers/clock.ts'
import { buildApp, startGateway } from '../helpers/gateway.ts'
import { memoryLog } from '../helpers/log.ts'
import { settled, until } from '../helpers/until.ts'

test('the gateway is not ready before the first round of checks is over', async (t) => {
  const backend = await startRawBackend(t, () => {})
  const app = await buildApp(t, { BACKENDS: backend.url })
  let isReady = false
  const ready = app.ready().then(() => { isReady = true })
  const [check] = await until('the check to arrive', () => backend.sockets.length > 0 && backend.sockets)
  await settled()
  assert.equal(isReady, false)
  check?.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
  await ready
  assert.deepEqual(app.registry.backends().map(({ health }) => health.state), ['healthy'])
})

test('the framework sets the first round no limit of its own', async (t) => {
  const app = await buildApp(t, { HEALTH_CHECK_TIMEOUT_MS: '3600000' })
  assert.equal(app.initialConfig.pluginTimeout, 0)
})

test('traffic and checks share no connection', async (t) => {
  const clock = new FakeClock()
  const backend = await startBackend(t, answers('a'))
  const { url } = await startGateway(t, { BACKENDS: backend.url, HEALTH_CHECK_INTERVAL_MS: '1000' }, { clock })
  for (let round = 1; round <= 3; round++) {
    await send(url)
    clock.advance(1100)
    await until('the next check to arrive', () => backend.checks.length > round)
  }
  const ofTraffic = new Set(backend.requests.map(({ socket }) => socket))
  const ofChecks = new Set(backend.checks.map(({ socket }) => socket))
  assert.equal(ofChecks.size, 1)
  for (const socket of ofChecks) assert.ok(!ofTraffic.has(socket))
})

test('each change of state is logged once, with its reason, and takes the backend out of or into rotation', async (t) => {
  const clock = new FakeClock()
  const log = memoryLog()
  let isHealthy = true
  const backend = await startBackend(t, answers('a'), () => isHealthy)
  const { url, app } = await startGateway(
    t,
    { BACKENDS: `${backend.url};name=a`, HEALTH_CHECK_INTERVAL_MS: '1000', HEALTH_CHECK_TIMEOUT_MS: '3600000' },
    { clock, logger: log.logger, random: () => 0.5 }
  )
  const [a] = app.registry.backends()

  async function checkTimes (count: number): Promise<void> {
    for (; count > 0; count--) {
      const last = a?.lastCheck
      clock.advance(1000)
      await until('the check to be noted', () => a?.lastCheck !== last)
    }
  }
  function changes () {
    return log
      .lines()
      .filter(({ msg }) => msg.startsWith('backend is '))
      .map(({ backend, from, to, why, inRotation }) => ({ backend, from, to, why, inRotation }))
  }

  const first = { backend: 'a', from: 'unchecked', to: 'healthy', why: 'status 200', inRotation: 1 }
  assert.deepEqual(changes(), [first])
  isHealthy = false
  await checkTimes(2)
  assert.equal((await send(url)).status, 200)
  await checkTimes(3)
  assert.equal((await send(url)).status, 503)
  const second = { backend: 'a', from: 'healthy', to: 'unhealthy', why: 'status 503', inRotation: 0 }
  assert.deepEqual(changes(), [first, second])
  isHealthy = true
  await checkTimes(3)
  assert.equal((await send(url)).status, 200)
  assert.deepEqual(changes(), [first, second, { backend: 'a', from: 'unhealthy', to: 'healthy', why: 'status 200', inRotation: 1 }])
})
