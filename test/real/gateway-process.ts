import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { atEnd } from './at-end.ts'
import { freePorts } from './free-ports.ts'
import { startService } from './service.ts'
import { tempDir } from './temp-dir.ts'

/** `GATEWAY` names another server to run the tests against, with the same environment variables and /readyz. */
const server = process.env.GATEWAY ?? join(import.meta.dirname, '../../src/server.js')

/** Starts the gateway as an owner would, in front of one backend; gives its url once the backend is in rotation. */
export async function startGatewayProcess (t: TestContext, backendUrl: string): Promise<string> {
  const [port, adminPort] = await freePorts(2)
  const gateway = await startService(t, process.execPath, [server], {
    cwd: tempDir(t),
    env: {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: `${port}`,
      ADMIN_PORT: `${adminPort}`,
      BACKENDS: backendUrl,
      HEALTH_CHECK_PATH: '/health',
      LOG_LEVEL: 'warn'
    },
    readyUrl: `http://127.0.0.1:${adminPort}/readyz`
  })
  atEnd(t, async () => {
    await gateway.end()
    assert.doesNotMatch(gateway.output(), /"level":[56]0/, 'the gateway logged a failure of its own')
  })
  return `http://127.0.0.1:${port}`
}
