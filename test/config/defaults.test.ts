import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApp } from '../../src/app.ts'

test('without any setting the documented defaults hold', async (t) => {
  const app = await createApp({ env: { NODE_ENV: 'production' } })
  t.after(() => app.close())
  const documented = {
    HOST: '0.0.0.0',
    PORT: 5173,
    ADMIN_HOST: '127.0.0.1',
    ADMIN_PORT: 5174,
    ADMIN_TOKEN: '',
    BACKENDS: '',
    HEALTH_CHECK_PATH: '/health',
    HEALTH_CHECK_INTERVAL_MS: 2000,
    HEALTH_CHECK_TIMEOUT_MS: 1000,
    HEALTH_CHECK_FALL: 3,
    HEALTH_CHECK_RISE: 2,
    HEALTH_CHECK_STATUS: '200-399',
    KEEP_ALIVE_TIMEOUT_MS: 72_000,
    REQUEST_HEADER_TIMEOUT_MS: 10_000,
    CONNECT_TIMEOUT_MS: 2000,
    RESPONSE_TIMEOUT_MS: 30_000,
    UPSTREAM_KEEP_ALIVE_MS: 4000,
    SHUTDOWN_DELAY_MS: 0,
    SHUTDOWN_TIMEOUT_MS: 25_000,
    LOG_LEVEL: 'info',
    ACCESS_LOG: true
  }
  for (const [name, value] of Object.entries(documented)) assert.equal(Reflect.get(app.config, name), value, name)
})
