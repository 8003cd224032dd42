import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { answers, startBackend } from '../helpers/backend.ts'
import { startByteClient } from '../helpers/bytes.ts'
import { callApi, send } from '../helpers/client.ts'
import { startProxiedBackend } from '../helpers/proxied-backend.ts'
import { spawnServer, temporaryFolder, type ServerProcess } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'

/** A gateway of two workers whose file sends all requests to `backend`, and what of it the test asks. */
async function spawnGateway (t: TestContext, settings: Record<string, string>) {
  const folder = await temporaryFolder()
  const server = spawnServer(t, { WORKERS: '2', REGISTRY_FILE: join(folder, 'registry.json'), ...settings }, folder)
  await server.line(/^all workers are ready$/)
  return { server, folder, url: await server.url(), adminUrl: await server.adminUrl() }
}

/** The pids of the workers that are ready, or of control. */
function pidsOf (server: ServerProcess, who: RegExp): number[] {
  return server.lines().filter(({ msg }) => who.test(msg)).map(({ pid }) => Number(pid))
}

test('two workers serve as one gateway', async (t) => {
  const backend = await startBackend(t, (req, res) => { res.end(JSON.stringify(req.headers)) })
  const { server, url, adminUrl, folder } = await spawnGateway(t, { BACKENDS: backend.url, STICKY_COOKIE: 'stay', TLS_PORT: '0' })

  await t.test('connections are spread over both, and each worker says who it is', async () => {
    const pids = new Set<string>()
    for (let i = 0; i < 8; i++) pids.add((await send(url)).headers['x-request-id']?.toString().split('-')[0] ?? '')
    assert.equal(pids.size, 2)
    assert.deepEqual(new Set(pidsOf(server, /^worker is ready$/)).size, 2)
  })

  await t.test('what the gateway is called, and what signs its cookies, is the same in all', async () => {
    const vias = new Set<unknown>()
    const cookies = new Set<unknown>()
    for (let i = 0; i < 8; i++) {
      const { body, headers } = await send(url)
      vias.add(JSON.parse(body).via)
      cookies.add(String(headers['set-cookie']))
    }
    assert.deepEqual([vias.size, cookies.size], [1, 1])
  })

  await t.test('a backend that registers is served by all, and one that leaves by none', async () => {
    const other = await startBackend(t, answers('other'))
    const response = await send(`${adminUrl}/api/backends`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ url: other.url })
    })
    assert.equal(response.status, 201)
    await until('both workers to send there', async () => {
      await send(url)
      return new Set(other.requests.map(({ headers }) => String(headers['x-request-id']).split('-')[0])).size === 2
    })
    const { id } = JSON.parse(response.body)
    assert.equal((await send(`${adminUrl}/api/backends/${id}`, { method: 'DELETE' })).status < 300, true)
    const before = other.requests.length
    for (let i = 0; i < 6; i++) await send(url)
    assert.equal(other.requests.length, before)
  })

  await t.test('each worker tells a backend that wants it which client it is', async () => {
    const other = await startProxiedBackend(t)
    const response = await send(`${adminUrl}/api/backends`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ url: other.url, sendProxy: 'v2' })
    })
    const port = Number(new URL(url).port)
    const clients = new Set<number>()
    await until('both workers to send there', async () => {
      const client = await startByteClient(t, port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')
      await client.hears('\r\n\r\n')
      clients.add(client.socket.localPort as number)
      const ids = other.connections.flatMap(({ requests }) => requests.map(({ headers }) => headers['x-request-id']))
      return new Set(ids.flatMap((id) => id === undefined ? [] : String(id).split('-')[0])).size === 2
    })
    for (const ends of other.stated()) assert.deepEqual([clients.has(ends?.sourcePort ?? 0), ends?.destinationPort], [true, port])
    assert.deepEqual(other.malformed, [])
    await send(`${adminUrl}/api/backends/${JSON.parse(response.body).id}`, { method: 'DELETE' })
  })

  await t.test('a worker that is killed is started again, and the other serves meanwhile', async () => {
    const [pid] = pidsOf(server, /^worker is ready$/)
    process.kill(pid as number, 'SIGKILL')
    await server.line(/^worker \d has ended and is started again$/)
    for (let i = 0; i < 6; i++) assert.equal((await send(url)).status, 200)
    await until('a third worker', () => pidsOf(server, /^worker is ready$/).length === 3)
  })

  await t.test('control that is killed is started again with what was registered, and no request hears of it', async () => {
    const other = await startBackend(t, answers('other'))
    await send(`${adminUrl}/api/backends`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ url: other.url })
    })
    const [pid] = pidsOf(server, /^control is ready$/)
    process.kill(pid as number, 'SIGKILL')
    for (let i = 0; i < 6; i++) assert.equal((await send(url)).status, 200)
    await until('a second control', () => pidsOf(server, /^control is ready$/).length === 2)
    const listed = JSON.parse((await send(`${adminUrl}/api/backends`)).body) as Array<{ url: string, state: string }>
    assert.deepEqual(listed.filter(({ url }) => url === other.url).map(({ state }) => state), ['healthy'])
    assert.equal(folder !== '', true)
  })
})

test('a file of services and routes holds in all workers, and so does the next one', async (t) => {
  const [one, two] = [await startBackend(t, answers('one')), await startBackend(t, answers('two'))]
  const folder = await temporaryFolder()
  const file = join(folder, 'evenkeel.yaml')
  const text = (url: string): string => `services:\n  web:\n    backends: ['${url}']\nroutes:\n  - path: /\n    service: web\n`
  await writeFile(file, text(one.url))
  const server = spawnServer(t, { WORKERS: '2' }, folder)
  await server.line(/^all workers are ready$/)
  const url = await server.url()
  for (let i = 0; i < 4; i++) assert.equal((await send(url)).body, 'one')
  await writeFile(file, text(two.url))
  await server.line(/^configuration in force$/)
  for (let i = 0; i < 4; i++) assert.equal((await send(url)).body, 'two')
})

test('SIGHUP: the new processes know what the old ones knew: backends, what operators have said, and counters', async (t) => {
  const one = await startBackend(t, answers('one'))
  const two = await startBackend(t, answers('two'))
  const other = await startBackend(t, answers('other'))
  const settings = { BACKENDS: `${one.url},${two.url}`, REGISTRY_FILE: '' }
  const { server, url, adminUrl } = await spawnGateway(t, settings)
  const listed = async (): Promise<unknown[]> => {
    const all = JSON.parse((await send(`${adminUrl}/api/backends`)).body) as Array<Record<string, unknown>>
    return all.map((backend) => [backend['url'], backend['state'], backend['weight']])
  }
  const counted = async (): Promise<number> => {
    const { body } = await send(`${adminUrl}/metrics`)
    return [...body.matchAll(/^evenkeel_requests_total\{.*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0)
  }
  assert.equal((await callApi(adminUrl, 'POST', '/backends', { url: other.url, weight: 7 })).status, 201)
  const [{ id }] = JSON.parse((await send(`${adminUrl}/api/backends`)).body) as [{ id: string }]
  assert.equal((await callApi(adminUrl, 'PATCH', `/backends/${id}`, { desiredState: 'maintenance' })).status, 200)
  for (let i = 0; i < 20; i++) assert.equal((await send(url)).status, 200)
  await until('all to be counted', async () => await counted() === 20)
  const before = await listed()

  server.kill('SIGHUP')
  await until('the new workers', () => pidsOf(server, /^worker is ready$/).length === 4)
  assert.deepEqual(await listed(), before)
  assert.equal(await counted(), 20)
  for (let i = 0; i < 10; i++) assert.notEqual((await send(url)).body, 'one')
  await until('both to be counted', async () => await counted() === 30)
  assert.equal((await callApi(adminUrl, 'PATCH', `/backends/${id}`, { desiredState: 'ready' })).status, 200)
  assert.deepEqual(server.lines().filter(({ level }) => Number(level) >= 40), [])
})

test('SIGTERM: the request in flight is answered, then all end and the exit code is 0; what a worker has counted is told', async (t) => {
  let held: ServerResponse | undefined
  const backend = await startBackend(t, (req, res) => {
    if (req.url === '/held') held = res
    else res.end('quick')
  })
  const { server, url, adminUrl } = await spawnGateway(t, { BACKENDS: backend.url })
  const metric = async (name: RegExp): Promise<number> => {
    const lines = (await send(`${adminUrl}/metrics`)).body.split('\n').filter((line) => name.test(line))
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
  }
  const answer = send(`${url}/held`)
  const response = await until('the request to arrive', () => held)
  for (let i = 0; i < 6; i++) await send(url)
  server.kill('SIGTERM')
  await until('it is not ready any more', async () => JSON.parse((await send(`${adminUrl}/readyz`)).body).status === 'draining')
  await until('the idle worker to have ended', async () => await metric(/^evenkeel_worker_up/) === 1)
  const counted = (): Promise<number> => metric(/^evenkeel_requests_total.*2xx/)
  const quick = await counted()
  await until('the other to have told its part', async () => await counted() === 6)
  assert.ok(quick >= 3, `${quick} are counted when one of two workers has ended`)
  response.end('finished')
  assert.equal((await answer).body, 'finished')
  assert.deepEqual(await server.exited, { code: 0, signal: null })
  assert.equal(server.stderr(), '')
})

test('a setting that is wrong, and a port that is taken, end the start with one line', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const wrong = spawnServer(t, { WORKERS: '2', BACKENDS: backend.url, RETRIES: 'many' })
  assert.deepEqual(await wrong.exited, { code: 1, signal: null })
  assert.match(wrong.stderr(), /^evenkeel: RETRIES=many .*\n$/)
  const taken = spawnServer(t, { WORKERS: '2', BACKENDS: backend.url, PORT: String(backend.port) })
  assert.deepEqual(await taken.exited, { code: 1, signal: null })
  assert.match(taken.stderr(), /^evenkeel: .*:\d+ is in use by another process; set PORT, TLS_PORT or ADMIN_PORT\n$/)
})
