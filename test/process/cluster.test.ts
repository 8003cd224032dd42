import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { Agent } from 'node:http'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Backend as BackendView } from '../../src/admin/wire.ts'
import { send } from '../helpers/client.ts'
import type { ClusterNews, ClusterOrder } from '../helpers/cluster-program.ts'
import { spawnServer } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'

const program = fileURLToPath(new URL('../helpers/cluster-program.js', import.meta.url))

interface Cluster {
  readonly url: string
  /** What its workers have said or come to, as `0: ended with 0`. */
  readonly news: string[]
  order (order: ClusterOrder): void
  backends (): Promise<BackendView[]>
}

/** Three workers of one port, behind a gateway of its own process, which has seen them all. */
async function startCluster (t: TestContext, ttlMs: number): Promise<Cluster> {
  const gateway = spawnServer(t, { NODE_ENV: 'production', HEALTH_CHECK_INTERVAL_MS: '100' })
  const [url, adminUrl] = [await gateway.url(), await gateway.adminUrl()]
  const news: string[] = []
  const env = { PATH: process.env['PATH'], GATEWAY: adminUrl, TTL_MS: String(ttlMs) }
  const primary = fork(program, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const exited = new Promise((resolve) => { primary.once('exit', resolve) })
  t.after(() => {
    primary.disconnect()
    return exited
  })
  primary.on('message', ({ worker, news: what }: ClusterNews) => { news.push(`${worker}: ${what}`) })
  const backends = async (): Promise<BackendView[]> => JSON.parse((await send(`${adminUrl}/api/backends`)).body)
  // One after the other, since on a busy machine each may take its time to start.
  for (const count of [1, 2, 3]) await until(`${count} of three holders`, async () => ((await backends())[0]?.holders ?? 0) >= count)
  await until('the first check', async () => (await backends())[0]?.inRotation)
  return { url, news, order: (order) => { primary.send(order) }, backends }
}

interface Load {
  readonly failures: string[]
  /** Resolves when `count` more requests have been answered. */
  more (count: number): Promise<void>
  end (): Promise<void>
}

/** Clients that send one request after the other: a POST is lost where a GET would be retried. */
function startLoad (url: string): Load {
  const agent = new Agent({ keepAlive: true })
  const failures: string[] = []
  const load = { isOver: false }
  let answered = 0
  const clients = Array.from({ length: 8 }, async (_, i) => {
    while (!load.isOver) {
      const sent = i % 2 === 0 ? { method: 'POST', body: '"x"', headers: { 'content-type': 'application/json' }, agent } : { agent }
      const said = await send(url, sent).then(({ status, body }) => status === 200 ? undefined : `${status} ${body}`, String)
      if (said !== undefined) failures.push(said)
      answered++
    }
  })
  return {
    failures,
    more: async (count) => {
      const goal = answered + count
      await until(`${count} answers`, () => answered >= goal)
    },
    end: async () => {
      load.isOver = true
      await Promise.all(clients)
      agent.destroy()
    }
  }
}

test('workers that share a port leave one by one without a lost request, and the backend leaves with the last', async (t) => {
  const { url, news, order, backends } = await startCluster(t, 15_000)
  const load = startLoad(url)
  await load.more(100)
  const slow = Promise.all(Array.from({ length: 6 }, () => send(`${url}/slow`)))
  order({ worker: 0, action: 'close' })
  await until('the end of the first', () => news.length === 1)
  await load.more(200)
  order({ worker: 1, action: 'close' })
  await until('the end of the second', () => news.length === 2)
  await load.more(200)
  await load.end()
  assert.deepEqual(load.failures, [])
  assert.deepEqual((await slow).map(({ status }) => status), Array(6).fill(200))
  assert.deepEqual(await backends().then((all) => all.map(({ holders, state }) => [holders, state])), [[1, 'healthy']])

  order({ worker: 2, action: 'close' })
  await until('the end of the last', () => news.length === 3)
  assert.deepEqual(await backends(), [])
  assert.deepEqual(news, ['0: ended with 0', '1: ended with 0', '2: ended with 0'])
})

test('a worker that is killed loses its lease, and nothing else happens; the backend leaves with the last lease', async (t) => {
  const { url, order, backends } = await startCluster(t, 3000)
  order({ worker: 1, action: 'kill' })
  await until('the end of its lease', async () => (await backends())[0]?.holders === 2)
  const load = startLoad(url)
  await load.more(200)
  await load.end()
  assert.deepEqual(load.failures, [])
  assert.deepEqual(await backends().then((all) => all.map(({ state }) => state)), ['healthy'])
  for (const worker of [0, 2]) order({ worker, action: 'kill' })
  await until('the end of all leases', async () => (await backends()).length === 0)
})
