import type { RequestListener } from 'node:http'
import type { TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { startBackend, type TestBackend } from '../../helpers/backend.ts'
import { startGateway, type TestGateway } from '../../helpers/gateway.ts'

export interface WithPlugin extends TestGateway {
  readonly backend: TestBackend
}

/** A gateway whose owner has a plugin that adds to the whole application, in front of "a backend that …". */
export async function startWithPlugin (
  t: TestContext,
  behaviour: RequestListener,
  plugin: (app: FastifyInstance) => Promise<void>,
  settings: Record<string, string> = {}
): Promise<WithPlugin> {
  const backend = await startBackend(t, behaviour)
  return { backend, ...await startGateway(t, { BACKENDS: backend.url, ...settings }, { plugins: [fp(plugin)] }) }
}
