import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { connect, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { spawnServer } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'

/** Clients that say this and no more, by default half a request; resolves when each is connected or refused. */
async function flood (t: TestContext, url: string, count: number, said = 'GET / HTTP/1.1\r\nHost: a\r\n'): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(Number(new URL(url).port), '127.0.0.1'))
  for (const socket of sockets) {
    socket.on('error', () => {})
    socket.write(said)
    socket.resume()
  }
  t.after(() => { for (const socket of sockets) socket.destroy() })
  await until('all to be connected or refused', () => sockets.every(({ connecting }) => !connecting))
  return sockets
}

/** Whether the gateway says that it lives, on a connection of its own. */
async function isLive (adminUrl: string): Promise<boolean> {
  return (await send(`${adminUrl}/livez`)).status === 200
}

/**
 * A gateway that may open few files, though all of its modules at once, as Node does at the start; with a client that is connected
 * already. Each request needs a new connection to the backend.
 */
async function startSmall (t: TestContext, settings: Record<string, string>, maxOpenFiles = 160) {
  const backend = await startBackend(t, (_req, res) => { res.setHeader('connection', 'close').end('a') })
  const server = spawnServer(
    t,
    { BACKENDS: backend.url, HEALTH_CHECK_INTERVAL_MS: '20', OUTLIER_FAILURES: '3', ...settings },
    undefined,
    maxOpenFiles
  )
  const url = await server.url()
  const agent = new Agent({ keepAlive: true })
  t.after(() => { agent.destroy() })
  const ask = async (): Promise<number> => (await send(url, { agent })).status
  assert.equal(await ask(), 200)
  return { server, url, ask, backend }
}

test('a flood of clients leaves room for the connections to the backends', async (t) => {
  const { server, url, ask } = await startSmall(t, {})
  const sockets = await flood(t, url, 300)
  await until('most of them to be refused', () => sockets.filter(({ closed }) => closed).length > 200)
  for (let i = 0; i < 20; i++) assert.equal(await ask(), 200)
  const { max } = await server.line(/^client connections refused/)
  assert.equal(max, 50)
})

test('idle connections to the admin listener take nothing from the traffic, and lock nobody out of it', async (t) => {
  const { server, ask } = await startSmall(t, {}, 256)
  const adminUrl = await server.adminUrl()
  const sockets = await flood(t, adminUrl, 300, '')
  for (let i = 0; i < 20; i++) assert.deepEqual([await ask(), await isLive(adminUrl)], [200, true])
  assert.ok(sockets.filter(({ closed }) => closed).length >= 300 - 32)
  const { max, level } = await server.line(/^admin connections refused/)
  assert.deepEqual([max, level], [32, 40])
})

test('floods of both listeners at a time leave room for the backends, and for the one that asks whether it lives', async (t) => {
  const { server, url, ask } = await startSmall(t, {}, 256)
  const adminUrl = await server.adminUrl()
  const halfRegistration = 'POST /api/backends HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n'
  await Promise.all([flood(t, url, 300), flood(t, adminUrl, 300), flood(t, adminUrl, 300, halfRegistration)])
  for (let i = 0; i < 20; i++) assert.deepEqual([await ask(), await isLive(adminUrl)], [200, true])
})

test('readers of events are no idle connections: those that are too many are refused', async (t) => {
  const { server, ask } = await startSmall(t, {}, 256)
  const adminUrl = await server.adminUrl()
  const sockets = await flood(t, adminUrl, 100, 'GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await until('the rest to be refused', () => sockets.filter(({ closed }) => closed).length >= 100 - 32)
  await flood(t, adminUrl, 100, '')
  await server.line(/^admin connections refused/)
  for (let i = 0; i < 20; i++) assert.equal(await ask(), 200)
  assert.equal(sockets.filter(({ closed }) => !closed).length, 32)
})

test('where sockets run out nevertheless the answer is 503, no backend is blamed, and all is well after it', async (t) => {
  const { server, url, ask, backend } = await startSmall(t, { MAX_CLIENT_CONNECTIONS: '1000' })
  const { needed, maxFiles } = await server.line(/^MAX_CLIENT_CONNECTIONS needs more files than the open-file limit allows/)
  assert.deepEqual([needed, maxFiles], [2060, 160])
  const sockets = await flood(t, url, 300)
  // A check that gives its connection up leaves room for one, which would be enough for every request here: another client takes it.
  const failure = await until('sockets to run out', async () => {
    const status = await ask()
    if (status === 200) sockets.push(...await flood(t, url, 1))
    return status !== 200 && status
  })
  assert.equal(failure, 503)
  for (let i = 0; i < 10; i++) assert.ok([200, 503].includes(await ask()))
  const checks = backend.checks.length
  for (const socket of sockets) socket.destroy()
  await until('room', async () => await ask() === 200)
  await until('checks', () => backend.checks.length > checks)
  assert.deepEqual(server.lines().filter(({ msg }) => /^backend is (?!healthy)/.test(msg)), [])
})
