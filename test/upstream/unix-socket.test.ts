import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { answers, echoes, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { backendsOf, startGateway } from '../helpers/gateway.ts'
import { temporaryFolder } from '../helpers/server-process.ts'

/** Starts "a backend that …" on a socket file. */
async function startUnixBackend (t: TestContext, behaviour: RequestListener, name = 'app.sock') {
  const path = join(await temporaryFolder(), name)
  const hosts: Array<string | undefined> = []
  let connections = 0
  const server = createServer((req, res) => {
    hosts.push(req.headers.host)
    if (req.url === '/health') res.end()
    else behaviour(req, res)
  })
  server.on('connection', () => { connections++ })
  await new Promise<void>((resolve) => { server.listen(path, resolve) })
  const die = (): Promise<void> => new Promise((resolve) => {
    server.close(() => { resolve() })
    server.closeAllConnections()
  })
  t.after(die)
  return { setting: `unix:${path}`, hosts, connections: () => connections, die }
}

test('a request goes to a backend on a socket file, and comes back', async (t) => {
  const backend = await startUnixBackend(t, echoes)
  const { url, app } = await startGateway(t, { BACKENDS: backend.setting })
  assert.equal(backendsOf({ app })[0]?.address, backend.setting)
  const body = 'x'.repeat(300_000)
  const answer = await send(url, { method: 'POST', body })
  assert.equal(answer.status, 200)
  assert.ok(answer.body === body)
})

test('its connection is used again', async (t) => {
  const backend = await startUnixBackend(t, answers('a'))
  const { url } = await startGateway(t, { BACKENDS: backend.setting })
  const before = backend.connections()
  for (let i = 0; i < 3; i++) assert.equal((await send(url)).body, 'a')
  assert.equal(backend.connections(), before + 1)
})

test('it is told the host that the client asked for, and the check says one too', async (t) => {
  const backend = await startUnixBackend(t, answers('a'))
  const { url } = await startGateway(t, { BACKENDS: backend.setting })
  await send(url, { headers: { host: 'shop.example' } })
  assert.deepEqual(backend.hosts, ['localhost', 'shop.example'])
})

test('a path with blanks and letters of other languages is found', async (t) => {
  const backend = await startUnixBackend(t, answers('a'), 'größe 1.sock')
  const { url } = await startGateway(t, { BACKENDS: backend.setting })
  assert.equal((await send(url)).body, 'a')
})

test('one that is gone is passed over', async (t) => {
  const backend = await startUnixBackend(t, answers('a'))
  const other = await startBackend(t, answers('b'))
  const { url } = await startGateway(t, { BACKENDS: `${backend.setting},${other.url}` })
  await backend.die()
  for (let i = 0; i < 3; i++) assert.equal((await send(url, { method: 'POST', body: 'x' })).body, 'b')
})

test('one that dies in the middle of a body cuts the client off', async (t) => {
  const backend = await startUnixBackend(t, (_req, res) => {
    res.writeHead(200, { 'content-length': '100' })
    res.write('the first half', () => { res.socket?.destroy() })
  })
  const { url } = await startGateway(t, { BACKENDS: backend.setting })
  await assert.rejects(send(url), { code: 'ECONNRESET' })
})
