import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { createDemoBackend } from '../../src/demo/demo-backend.ts'
import { spawnServer, type ServerProcess } from '../helpers/server-process.ts'
import { atEnd } from '../real/at-end.ts'

export interface Stage {
  /** The demo backends. */
  readonly servers: readonly Server[]
  readonly gateway: ServerProcess
  readonly adminUrl: string
  /** Ends a backend, with its connections. */
  kill (number: number): void
}

/**
 * The gateway as an owner would start it, with as many workers as the environment variable WORKERS says, in front of three
 * backends, "one" to "three".
 */
export async function startStage (t: TestContext, settings: Record<string, string> = {}): Promise<Stage> {
  const servers = await Promise.all(['one', 'two', 'three'].map((name) => startBackend(t, name)))
  const BACKENDS = servers.map(({ url, name }) => `${url};name=${name}`).join(',')
  const gateway = spawnServer(t, {
    NODE_ENV: 'production',
    REGISTRY_FILE: '',
    BACKENDS,
    HEALTH_CHECK_INTERVAL_MS: '200',
    ACCESS_LOG: 'false',
    WORKERS: process.env['WORKERS'] ?? '1',
    ...settings
  })
  return {
    servers: servers.map(({ server }) => server),
    gateway,
    adminUrl: await gateway.adminUrl(),
    kill: (number) => { servers[number]?.end() }
  }
}

export async function startBackend (t: TestContext, name: string) {
  const { server } = createDemoBackend(name)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const end = (): void => {
    server.close()
    server.closeAllConnections()
  }
  atEnd(t, end)
  return { name, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, end }
}
