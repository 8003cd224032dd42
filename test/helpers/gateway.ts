import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { createApp, type AppOptions } from '../../src/app.ts'
import type { Backend } from '../../src/backends/backend.ts'
import { countsOf, type Counts } from './counts.ts'
import { until } from './until.ts'

/** A gateway that listens on loopback in the test, admin listener included. */
export interface TestGateway {
  readonly app: FastifyInstance
  readonly url: string
  readonly port: number
  readonly adminUrl: string
  counts (): Promise<Counts>
}

/** Of all gateways in tests, where a test does not say otherwise. */
export const settingsForTests = {
  NODE_ENV: 'production',
  HOST: '127.0.0.1',
  PORT: '0',
  ADMIN_PORT: '0',
  REGISTRY_FILE: '',
  HEALTH_CHECK_INTERVAL_MS: '3600000'
} as const

/**
 * Builds an app with settings for tests; nothing listens. It is closed when the test ends. Health is checked once, at the
 * start: the next check would come after an hour. Chance is 0: requests go to the backends in their order.
 */
export async function buildApp (
  t: TestContext,
  settings: Record<string, string>,
  options: Partial<AppOptions> = {}
): Promise<FastifyInstance> {
  const app = await createApp({ random: () => 0, ...options, env: { ...settingsForTests, ...settings } })
  t.after(() => {
    const closed = app.close()
    app.listener.closeAllConnections()
    return closed
  })
  return app
}

export async function startGateway (
  t: TestContext,
  settings: Record<string, string>,
  options: Partial<AppOptions> = {},
  port = 0
): Promise<TestGateway> {
  const app = await buildApp(t, settings, options)
  const adminUrl = await app.admin.listen({ host: '127.0.0.1', port: 0 })
  const url = await app.listen({ host: '127.0.0.1', port })
  return { app, url, port: (app.server.address() as AddressInfo).port, adminUrl, counts: async () => countsOf(app) }
}

interface Gateway {
  readonly app: FastifyInstance
}

/** In the order in which they joined. */
export function backendsOf ({ app }: Gateway): readonly Backend[] {
  return app.services.default.backends()
}

/** Resolves once one of them has passed its check. */
export function untilOneIsHealthy (gateway: Gateway): Promise<true> {
  return until('a healthy backend', () => backendsOf(gateway).some(({ state }) => state === 'healthy'))
}

/** Requests in flight at all backends. */
export function inFlight (gateway: Gateway): number {
  return backendsOf(gateway).reduce((sum, backend) => sum + backend.inFlight, 0)
}

/** How many backends requests go to. */
export function inRotation ({ app }: Gateway): number {
  return app.services.default.rotation.length
}
