import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBackend } from '../helpers/backend.ts'
import { startGateway } from '../helpers/gateway.ts'
import { memoryLog } from '../helpers/log.ts'

const message = 'the health check got a 404'

test('backends that have nothing at the path of the health check: one line says which setting to change', async (t) => {
  const backends = await Promise.all([1, 2].map(() => startBackend(t, (_req, res) => { res.writeHead(404).end() })))
  const { logger, lines } = memoryLog()
  await startGateway(t, { BACKENDS: backends.map(({ url }) => url).join(), HEALTH_CHECK_PATH: '/up' }, { logger })
  const [line, ...more] = lines(message)
  assert.equal(more.length, 0)
  assert.equal(line?.['path'], '/up')
  assert.match(String(line?.['hint']), /HEALTH_CHECK_PATH.*check=tcp/)
})

test('once a backend has passed, a 404 of another is no hint that the path is wrong', async (t) => {
  const well = await startBackend(t, (_req, res) => { res.end() })
  const { logger, lines } = memoryLog()
  const { app } = await startGateway(t, { BACKENDS: well.url }, { logger })
  const other = await startBackend(t, (_req, res) => { res.writeHead(404).end() })
  const { id } = app.registrations.register({ url: new URL(other.url), weight: 1, healthCheck: { path: '/missing' } })
  const backend = app.services.default.get(id)
  assert.ok(backend)
  await app.checkSchedule.checkNow(backend)
  assert.equal(backend.state, 'unhealthy')
  assert.deepEqual(lines(message), [])
})
