import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Backend as BackendView } from '../../src/admin/wire.ts'
import { answers, startBackend, type TestBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { FakeClock } from '../helpers/clock.ts'
import { backendsOf, inFlight, startGateway, type TestGateway } from '../helpers/gateway.ts'
import { temporaryFolder } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'

const [one, two, three] = ['worker-one', 'worker-two', 'worker-three'] as const
const ttlMs = 6000

interface Reply {
  readonly status: number
  readonly body: BackendView & { code: string, message: string }
}

interface Holding extends TestGateway {
  readonly clock: FakeClock
  api (method: string, path: string, body?: object): Promise<Reply>
  list (): Promise<BackendView[]>
  post (instance?: string, more?: object): Promise<Reply>
  renew (instance?: string): Promise<number>
  leave (instance: string): Promise<Reply>
  readonly states: () => string[]
}

/** A gateway to which workers say that they serve the url of `backend`. */
async function startHolding (t: TestContext, { url }: TestBackend, settings: Record<string, string> = {}): Promise<Holding> {
  const clock = new FakeClock()
  const gateway = await startGateway(t, settings, { clock })
  const api = async (method: string, path: string, body?: object): Promise<Reply> => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const answer = await send(gateway.adminUrl + '/api' + path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    return { status: answer.status, body: answer.body === '' ? {} : JSON.parse(answer.body) }
  }
  const list = async (): Promise<BackendView[]> => (await api('GET', '/backends')).body as unknown as BackendView[]
  let id = (await list())[0]?.id ?? ''
  return {
    ...gateway,
    clock,
    api,
    list,
    post: async (instance, more = { ttlMs }) => {
      const reply = await api('POST', '/backends', { url, ...(instance !== undefined && { instance }), ...more })
      id = reply.body.id
      return reply
    },
    renew: async (instance) => {
      const query = instance === undefined ? '' : `?instance=${instance}&ttlMs=${ttlMs}`
      return (await api('PUT', `/backends/${id}/lease${query}`)).status
    },
    leave: (instance) => api('DELETE', `/backends/${id}?instance=${instance}`),
    states: () => backendsOf(gateway).map(({ state }) => state)
  }
}

test('a backend with several holders stays until the last of them has left', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { post, leave, renew, url, states } = await startHolding(t, a)
  for (const instance of [one, two, three]) await post(instance)
  await until('the first check', () => states()[0] === 'healthy')
  assert.deepEqual(await leave(one).then(({ status, body }) => [status, body.state, body.holders]), [200, 'healthy', 2])
  assert.equal((await send(url)).status, 200)
  assert.deepEqual([await renew(two), await renew(three)], [200, 200])
  assert.equal((await leave(two)).body.holders, 1)
  assert.equal((await leave(three)).status, 204)
  assert.deepEqual(states(), [])
})

test('a holder that has left and gives a sign of life is to register again, not to stay away', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { post, leave, renew } = await startHolding(t, a)
  await post(one)
  await post(two)
  await leave(one)
  assert.equal(await renew(one), 404)
  await leave(two)
  assert.equal(await renew(two), 404)
  assert.equal((await post(two)).status, 201)
  assert.equal(await renew(two), 200)
})

test('to leave twice is to leave once', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { post, leave } = await startHolding(t, a)
  await post(one)
  await post(two)
  await leave(one)
  assert.deepEqual(await leave(one).then(({ status, body }) => [status, body.holders]), [200, 1])
})

test('each holder has a lease of its own: who gives no sign of life loses it, and the others keep the backend', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { post, renew, clock, api, states } = await startHolding(t, a)
  await post(one)
  const { body: { id } } = await post(two, { ttlMs: 2 * ttlMs })
  assert.equal((await api('GET', `/backends/${id}`)).body.lease?.ttlMs, 2 * ttlMs)
  clock.advance(ttlMs)
  assert.equal((await api('GET', `/backends/${id}`)).body.holders, 1)
  assert.equal(await renew(one), 404)
  assert.equal(await renew(two), 200)
  clock.advance(2 * ttlMs - 1)
  assert.equal(states().length, 1)
  clock.advance(1)
  assert.deepEqual(states(), [])
})

test('an operator\'s DELETE ends them all, and each is told to stay away', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { post, renew, api } = await startHolding(t, a)
  await post(one)
  const { body: { id } } = await post(two)
  assert.equal((await api('DELETE', `/backends/${id}`)).status, 204)
  assert.deepEqual([await renew(one), await renew(two)], [410, 410])
})

test('an operator who wants a backend back that is about to go finds its holders as they were', async (t) => {
  const a = await startBackend(t, (_request, response) => { response.write('x') })
  const { post, renew, api, url, states, app } = await startHolding(t, a)
  await post(one)
  const { body: { id } } = await post(two)
  await until('the first check', () => states()[0] === 'healthy')
  const cut = send(url).catch(() => {})
  await until('the request', () => inFlight({ app }) === 1)
  assert.equal((await api('DELETE', `/backends/${id}`)).status, 202)
  assert.equal((await api('PATCH', `/backends/${id}`, { desiredState: 'ready' })).body.holders, 2)
  assert.deepEqual([await renew(one), await renew(two)], [200, 200])
  await a.die()
  await cut
})

test('a client that gives no instance is one holder among the others', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { post, renew, leave, states } = await startHolding(t, a)
  await post()
  assert.equal((await post(one)).body.holders, 2)
  assert.deepEqual([await renew(), await renew(one)], [200, 200])
  assert.equal((await leave(one)).body.holders, 1)
  assert.equal(states().length, 1)
})

test('a backend that was added by hand leaves with those that turn out to serve it', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { post, renew, leave, api, states } = await startHolding(t, a)
  const { body: { id } } = await post(undefined, { weight: 5 })
  assert.equal(await renew(one), 200)
  assert.deepEqual(await api('GET', `/backends/${id}`).then(({ body }) => [body.weight, body.holders, body.lease?.ttlMs]), [5, 1, ttlMs])
  await post(undefined, { weight: 7 })
  assert.equal((await leave(one)).status, 204)
  assert.deepEqual(states(), [])
})

test('one from BACKENDS drains when its last holder has left, and is ready again when one comes', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { post, renew, leave, states } = await startHolding(t, a, { BACKENDS: a.url })
  await post(one)
  await post(two)
  assert.deepEqual(await leave(one).then(({ status, body }) => [status, body.desiredState, body.holders]), [200, 'ready', 1])
  assert.deepEqual(await leave(two).then(({ status, body }) => [status, body.desiredState, body.holders]), [202, 'draining', 0])
  assert.equal(await renew(two), 200)
  assert.deepEqual(states(), ['drained'], 'a sign of life undoes nothing that an operator may want')
  assert.equal((await post(two)).body.desiredState, 'ready')
})

test('one from BACKENDS stays when the lease of its last holder ends: its health check says whether it is there', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { post, clock, app } = await startHolding(t, a, { BACKENDS: a.url })
  await post(one)
  clock.advance(ttlMs)
  assert.deepEqual(backendsOf({ app }).map(({ desiredState, holders }) => [desiredState, holders]), [['ready', 0]])
})

test('holders are there again after a restart, each with a fresh lease', async (t) => {
  const a = await startBackend(t, answers('a'))
  const settings = { REGISTRY_FILE: join(await temporaryFolder(), 'registry.json') }
  const before = await startHolding(t, a, settings)
  await before.post(one, { ttlMs, weight: 3 })
  await before.post(two, { ttlMs: 9000, weight: 3 })
  await before.post(three, { ttlMs, weight: 3 })
  await before.leave(three)
  await before.app.close()

  const { renew, leave, clock, list } = await startHolding(t, a, settings)
  assert.deepEqual((await list()).map(({ holders, weight, lease }) => [holders, weight, lease?.ttlMs]), [[2, 3, 9000]])
  assert.deepEqual([await renew(one), await renew(three)], [200, 404])
  clock.advance(ttlMs)
  assert.deepEqual([await renew(one), await renew(two)], [404, 200])
  assert.equal((await leave(two)).status, 204)
})

test('there are at most 1000 holders of one backend', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { post, app } = await startHolding(t, a)
  for (let i = 0; i < 1000; i++) app.registrations.register({ url: new URL(a.url), weight: 1, instance: `worker-${i}`, ttlMs })
  assert.deepEqual(await post('one-too-many').then(({ status, body }) => [status, body.code]), [409, 'EVENKEEL_TOO_MANY_HOLDERS'])
  assert.equal((await post('worker-999')).status, 200)
})

test('connections that lead to a backend are made anew when one of its holders has left', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { post, leave, url, states } = await startHolding(t, a)
  let connections = 0
  a.server.on('connection', () => { connections++ })
  await post(one)
  await post(two)
  await until('the first check', () => states()[0] === 'healthy')
  connections = 0
  await send(url)
  await send(url)
  assert.equal(connections, 1)
  await leave(one)
  await send(url)
  assert.equal(connections, 2)
})

for (const instance of ['short', 'x'.repeat(65), 'two words', 'a/b-c-d-e-f', 5]) {
  test(`the instance ${JSON.stringify(instance)} is refused`, async (t) => {
    const a = await startBackend(t, answers('a'))
    const { api, app } = await startHolding(t, a)
    const { status, body } = await api('POST', '/backends', { url: a.url, instance })
    assert.deepEqual([status, body.code], [400, 'EVENKEEL_INVALID_BODY'])
    assert.match(body.message, /body\/instance must/)
    assert.equal(backendsOf({ app }).length, 0)
    const query = encodeURIComponent(instance)
    assert.equal((await api('PUT', `/backends/x/lease?instance=${query}`)).status, 400)
    assert.equal((await api('DELETE', `/backends/x?instance=${query}`)).status, 400)
  })
}
