import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Backend as BackendView } from '../../src/admin/wire.ts'
import { answers, neverAnswers, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { FakeClock } from '../helpers/clock.ts'
import { backendsOf, startGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'

interface Reply {
  readonly status: number
  readonly body: BackendView & { code: string, message: string }
}

async function startApi (t: TestContext, settings: Record<string, string> = {}) {
  const clock = new FakeClock()
  const gateway = await startGateway(t, settings, { clock })
  const api = async (method: string, path: string, body?: unknown): Promise<Reply> => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const answer = await send(`${gateway.adminUrl}/api${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) })
    })
    return { status: answer.status, body: answer.body === '' ? {} : JSON.parse(answer.body) }
  }
  return { ...gateway, clock, api }
}

test('a backend that registers takes traffic after its first passed check', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { api, url } = await startApi(t)
  assert.equal((await send(url)).status, 503)
  const { status, body } = await api('POST', '/backends', {
    url: a.url,
    name: 'a',
    weight: 3,
    zone: 'eu',
    ttlMs: 5000,
    healthCheck: { path: '/health', status: '200-299' }
  })
  assert.equal(status, 201)
  assert.deepEqual(
    [body.name, body.weight, body.zone, body.source, body.lease?.ttlMs, body.healthCheck],
    ['a', 3, 'eu', 'registered', 5000, { path: '/health', status: '200-299' }]
  )
  await until('the first check', async () => (await api('GET', `/backends/${body.id}`)).body.state === 'healthy')
  assert.equal((await send(url)).body, 'a')
})

test('the same url again renews and updates', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { api, app } = await startApi(t)
  const first = await api('POST', '/backends', { url: a.url, ttlMs: 5000 })
  const again = await api('POST', '/backends', { url: a.url, weight: 7, ttlMs: 9000 })
  assert.deepEqual(
    [first.status, again.status, again.body.id, again.body.weight, again.body.lease?.ttlMs],
    [201, 200, first.body.id, 7, 9000]
  )
  assert.equal(backendsOf({ app }).length, 1)
})

test('a lease that is not renewed expires; one that is renewed does not', async (t) => {
  const [a, b] = [await startBackend(t, answers('a')), await startBackend(t, answers('b'))]
  const { api, clock, app } = await startApi(t, { BACKENDS: b.url })
  const { body: { id } } = await api('POST', '/backends', { url: a.url, ttlMs: 5000 })
  clock.advance(4000)
  assert.equal((await api('PUT', `/backends/${id}/lease`)).status, 200)
  clock.advance(4000)
  assert.equal(backendsOf({ app }).length, 2)
  clock.advance(1000)
  assert.equal(backendsOf({ app }).length, 1)
  assert.equal((await api('PUT', `/backends/${id}/lease`)).status, 404)
  assert.deepEqual(await api('GET', `/backends/${id}`).then(({ status, body }) => [status, body.code]), [410, 'EVENKEEL_BACKEND_GONE'])
})

test('a backend that was deleted cannot renew its lease, and is told so; one that registers anew is there again', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { api, app } = await startApi(t)
  const { body: { id } } = await api('POST', '/backends', { url: a.url, ttlMs: 5000 })
  assert.equal((await api('DELETE', `/backends/${id}`)).status, 204)
  assert.deepEqual(await api('PUT', `/backends/${id}/lease`).then(({ status, body }) => [status, body.code]), [
    410,
    'EVENKEEL_BACKEND_GONE'
  ])
  assert.equal((await api('POST', '/backends', { url: a.url, ttlMs: 5000 })).status, 201)
  assert.equal((await api('PUT', `/backends/${id}/lease`)).status, 200)
  assert.equal(backendsOf({ app }).length, 1)
})

test('a backend that is deleted finishes its requests first', async (t) => {
  const a = await startBackend(t, neverAnswers)
  const { api, url, app } = await startApi(t)
  const { body: { id } } = await api('POST', '/backends', { url: a.url })
  const client = send(url).catch(() => 'cut')
  await until('the request', () => a.requests.length === 1)
  const deleted = await api('DELETE', `/backends/${id}`)
  assert.deepEqual([deleted.status, deleted.body.state, deleted.body.inFlight], [202, 'draining', 1])
  assert.equal((await api('PUT', `/backends/${id}/lease`)).status, 410)
  assert.equal((await send(url)).status, 503)
  await a.die()
  await client
  await until('it to be gone', () => backendsOf({ app }).length === 0)
  assert.equal((await api('GET', `/backends/${id}`)).status, 410)
})

test('after drainMs it is removed anyway', async (t) => {
  const a = await startBackend(t, neverAnswers)
  const { api, url, app, clock } = await startApi(t)
  const { body: { id } } = await api('POST', '/backends', { url: a.url })
  const client = send(url).catch(() => 'cut')
  await until('the request', () => a.requests.length === 1)
  await api('DELETE', `/backends/${id}?drainMs=1000`)
  clock.advance(1000)
  assert.equal(backendsOf({ app }).length, 0)
  assert.match(app.services.default.events.history.at(-1)?.why ?? '', /deleted, with 1 requests in flight/)
  await a.die()
  await client
})

test('a backend without requests is gone at once', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { api } = await startApi(t)
  const { body: { id } } = await api('POST', '/backends', { url: a.url })
  assert.equal((await api('DELETE', `/backends/${id}`)).status, 204)
})

test('one from BACKENDS can be drained and given another weight, but not deleted', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { api, app } = await startApi(t, { BACKENDS: a.url })
  const id = backendsOf({ app })[0]?.id
  assert.deepEqual(await api('DELETE', `/backends/${id}`).then(({ status, body }) => [status, body.code]), [
    409,
    'EVENKEEL_BACKEND_CONFIGURED'
  ])
  const { body } = await api('PATCH', `/backends/${id}`, { desiredState: 'draining', weight: 5 })
  assert.deepEqual([body.state, body.desiredState, body.weight, body.inRotation], ['drained', 'draining', 5, false])
  assert.equal((await api('PATCH', `/backends/${id}`, { desiredState: 'ready' })).body.inRotation, true)
})

test('a check is made when it is asked for', async (t) => {
  let isWell = true
  const a = await startBackend(t, answers('a'), () => isWell)
  const { api, app } = await startApi(t, { BACKENDS: a.url, HEALTH_CHECK_FALL: '1' })
  isWell = false
  const { body } = await api('POST', `/backends/${backendsOf({ app })[0]?.id}/check`)
  assert.deepEqual([body.state, body.lastCheck?.detail], ['unhealthy', 'status 503'])
})

const refused: Record<string, [path: string, method: string, body: unknown, status: number, code: string, message: RegExp]> = {
  'an unknown property': ['/backends', 'POST', { url: 'http://127.0.0.1:1', wieght: 1 }, 400, 'EVENKEEL_INVALID_BODY', /"wieght"/],
  'a weight in quotes': [
    '/backends',
    'POST',
    { url: 'http://127.0.0.1:1', weight: '1' },
    400,
    'EVENKEEL_INVALID_BODY',
    /weight must be integer/
  ],
  'no url': ['/backends', 'POST', {}, 400, 'EVENKEEL_INVALID_BODY', /url/],
  'a url with a path': ['/backends', 'POST', { url: 'http://127.0.0.1:1/x' }, 400, 'EVENKEEL_INVALID_BODY', /end after the port/],
  'a name without an address': ['/backends', 'POST', { url: 'http://nobody.invalid:1' }, 400, 'EVENKEEL_INVALID_BODY', /no address/],
  'a public address': ['/backends', 'POST', { url: 'http://8.8.8.8' }, 403, 'EVENKEEL_ADDRESS_NOT_ALLOWED', /REGISTRY_ALLOW/],
  'the metadata address': ['/backends', 'POST', { url: 'http://169.254.169.254' }, 403, 'EVENKEEL_ADDRESS_NOT_ALLOWED', /never/],
  'the metadata address in another coat': [
    '/backends',
    'POST',
    { url: 'http://[::ffff:169.254.169.254]' },
    403,
    'EVENKEEL_ADDRESS_NOT_ALLOWED',
    /never/
  ],
  'the metadata address as a number': ['/backends', 'POST', { url: 'http://2852039166' }, 403, 'EVENKEEL_ADDRESS_NOT_ALLOWED', /never/],
  'a socket': ['/backends', 'POST', { url: 'unix:/run/a.sock' }, 403, 'EVENKEEL_ADDRESS_NOT_ALLOWED', /sockets/],
  'a change of nothing': ['/backends/x', 'PATCH', {}, 400, 'EVENKEEL_INVALID_BODY', /body/],
  'an unknown desired state': [
    '/backends/x',
    'PATCH',
    { desiredState: 'gone' },
    400,
    'EVENKEEL_INVALID_BODY',
    /ready,draining,maintenance/
  ],
  'the state itself, which is read-only': ['/backends/x', 'PATCH', { state: 'draining' }, 400, 'EVENKEEL_INVALID_BODY', /"state"/],
  'one that was never there': ['/backends/x', 'DELETE', undefined, 404, 'EVENKEEL_BACKEND_NOT_FOUND', /"x"/]
}

for (const [what, [path, method, body, status, code, message]] of Object.entries(refused)) {
  test(`${what} is refused with ${status}`, async (t) => {
    const { api, app } = await startApi(t)
    const reply = await api(method, path, body)
    assert.deepEqual([reply.status, reply.body.code], [status, code])
    assert.match(reply.body.message, message)
    assert.equal(backendsOf({ app }).length, 0)
  })
}

test('the gateway itself is no backend, on neither of its ports', async (t) => {
  const { api, url, adminUrl } = await startApi(t)
  for (const own of [url, adminUrl]) assert.equal((await api('POST', '/backends', { url: own })).body.code, 'EVENKEEL_ADDRESS_NOT_ALLOWED')
})

test('a name is given once', async (t) => {
  const [a, b] = [await startBackend(t, answers('a')), await startBackend(t, answers('b'))]
  const { api } = await startApi(t, { BACKENDS: `${a.url};name=a` })
  assert.equal((await api('POST', '/backends', { url: b.url, name: 'a' })).body.code, 'EVENKEEL_NAME_TAKEN')
})

test('a reversed range of statuses is refused, and named', async (t) => {
  const { api } = await startApi(t)
  const healthCheck = { status: '399-200' }
  const joining = await api('POST', '/backends', { url: 'http://127.0.0.1:9', healthCheck })
  assert.equal(joining.status, 400)
  assert.match(JSON.stringify(joining.body), /399-200/)
})
