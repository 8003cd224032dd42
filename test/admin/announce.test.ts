import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAnnouncedRoute } from '../../src/admin/announced-route.ts'
import { readAllowed } from '../../src/admin/announcement-policy.ts'
import type { MatchView } from '../../src/http/match-view.ts'
import { startAnnouncing } from '../helpers/announcing.ts'
import { answers, startBackend } from '../helpers/backend.ts'
import { memoryLog } from '../helpers/log.ts'
import { settled, until } from '../helpers/until.ts'

function matchOf (said: string): MatchView {
  const route = readAnnouncedRoute(said)
  if (Array.isArray(route)) throw new Error(JSON.stringify(route))
  return route.match
}

const routes = ['shop.test/search', { path: '/suggest', method: ['GET'] }]
const search = { service: 'search', ttlMs: 5000 }

test('a new service and its routes are live when its first backend has passed its check', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { api, announced, app } = await startAnnouncing(t)
  const { status, body } = await api('POST', '/backends', { url: a.url, name: 'a', ...search, routes })
  assert.deepEqual([status, body['service'], body['routes']], [201, 'search', ['shop.test/search', 'GET /suggest']])
  await until('the first check', async () => (await api('GET', `/backends/${body.id}`)).body['state'] === 'healthy')
  assert.deepEqual(announced(), ['search shop.test/search > a', 'search GET /suggest > a'])
  assert.deepEqual(app.services.get('search')?.rotation.map(({ name }) => name), ['a'])
  assert.deepEqual(app.services.default.backends(), [])
})

test('a route whose backend does not pass its check takes no requests away from others', async (t) => {
  const a = await startBackend(t, answers('a'), () => false)
  const { api, announced } = await startAnnouncing(t)
  const { body: { id } } = await api('POST', '/backends', { url: a.url, ...search, routes })
  await until('the first check', async () => (await api('GET', `/backends/${id}`)).body['lastCheck'] !== null)
  assert.deepEqual(announced(), [])
})

test('a rollout that adds a route never sends it to the old version', async (t) => {
  const [old, young] = [await startBackend(t, answers('old')), await startBackend(t, answers('young'))]
  const { api, announced, app } = await startAnnouncing(t)
  const first = await api('POST', '/backends', { url: old.url, name: 'old', ...search, routes: ['/v1'] })
  await until('the old one', () => announced().length === 1)
  const second = await api('POST', '/backends', { url: young.url, name: 'young', ...search, routes: ['/v1', '/v2'] })
  await until('the young one', () => announced().length === 2)
  const audiences = app.announcedRoutes.list().map(({ backendIds }) => backendIds && [...backendIds])
  assert.deepEqual(audiences, [undefined, [second.body.id]])
  assert.equal((await api('DELETE', `/backends/${first.body.id}`)).status, 204)
  assert.deepEqual(announced(), ['search /v1 > young', 'search /v2 > young'])
  assert.deepEqual(app.announcedRoutes.list().map(({ backendIds }) => backendIds), [undefined, undefined])
})

test('registering again says all routes anew', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { api, announced } = await startAnnouncing(t)
  await api('POST', '/backends', { url: a.url, name: 'a', ...search, routes: ['/v1', '/v2'] })
  await until('the first check', () => announced().length === 2)
  assert.equal((await api('POST', '/backends', { url: a.url, name: 'a', ...search, routes: ['/v2'] })).status, 200)
  assert.deepEqual(announced(), ['search /v2 > a'])
  await api('POST', '/backends', { url: a.url, name: 'a', ...search })
  assert.deepEqual(announced(), [])
})

test('one url in two services is two backends, and names are unique within a service', async (t) => {
  const [a, b] = [await startBackend(t, answers('a')), await startBackend(t, answers('b'))]
  const { api } = await startAnnouncing(t)
  const ids = [
    (await api('POST', '/backends', { url: a.url, name: 'x', service: 'one' })).body.id,
    (await api('POST', '/backends', { url: a.url, name: 'x', service: 'two' })).body.id,
    (await api('POST', '/backends', { url: a.url, name: 'x' })).body.id
  ]
  assert.equal(new Set(ids).size, 3)
  const taken = await api('POST', '/backends', { url: b.url, name: 'x', service: 'two' })
  assert.deepEqual([taken.status, taken.body.message], [409, 'Another backend of the service two is named "x"'])
  assert.equal((await api('DELETE', `/backends/${ids[0]}`)).status, 204)
  assert.equal((await api('GET', `/backends/${ids[1]}`)).status, 200)
})

test('the routes of a service stay when its lease has expired, until the grace period ends, and then the service goes too', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { api, announced, app, clock } = await startAnnouncing(t, { ROUTE_GRACE_MS: '60000' })
  await api('POST', '/backends', { url: a.url, name: 'a', ...search, routes: ['/v1'] })
  await until('the first check', () => announced().length === 1)
  clock.advance(5000)
  await settled()
  assert.deepEqual([announced(), app.services.get('search')?.backends().length], [['search /v1 > orphaned'], 0])
  clock.advance(59_999)
  assert.equal(announced().length, 1)
  clock.advance(1)
  await settled()
  assert.deepEqual([announced(), app.services.get('search')], [[], undefined])
})

test('a service without routes goes with its last backend, unless the file names it', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { api, app } = await startAnnouncing(t)
  app.announcementPolicy.configure({ allowed: undefined, routes: [], services: ['kept'] })
  for (const service of ['kept', 'gone']) {
    const { body: { id } } = await api('POST', '/backends', { url: a.url, service })
    await api('DELETE', `/backends/${id}`)
  }
  await settled()
  assert.deepEqual(app.services.all().map(({ name }) => name), ['default', 'kept'])
})

test('an orphaned route is deleted, but none that backends announce or that the file has, and each for its own reason', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { api, announced, app } = await startAnnouncing(t)
  const { body: { id } } = await api('POST', '/backends', { url: a.url, name: 'a', ...search, routes: ['/v1'] })
  await until('the first check', () => announced().length === 1)
  const routeId = app.announcedRoutes.list()[0]?.id
  const inUse = await api('DELETE', `/routes/${routeId}`)
  assert.deepEqual([inUse.status, inUse.body.code], [409, 'EVENKEEL_ROUTE_IN_USE'])
  assert.match(inUse.body.message, /\/v1 cannot be deleted: the service search \(a\) has it/)
  await api('DELETE', `/backends/${id}`)
  assert.equal((await api('DELETE', `/routes/${routeId}`)).status, 204)
  assert.deepEqual(announced(), [])
  await settled()
  assert.equal(app.services.get('search'), undefined)
  const missing = await api('DELETE', `/routes/${routeId}`)
  assert.deepEqual([missing.status, missing.body.code], [404, 'EVENKEEL_ROUTE_NOT_FOUND'])
  const file = { match: matchOf('/v1'), service: 'web', origin: 'evenkeel.yaml:3' }
  app.announcementPolicy.configure({ allowed: undefined, routes: [file], services: [] })
  const inFile = await api('DELETE', `/routes/${routeId}`)
  assert.deepEqual([inFile.status, inFile.body.message], [409, 'The route /v1 cannot be deleted: it stands in evenkeel.yaml:3'])
})

test('a route of another service is 409 with its name, be it announced, orphaned or in the file, and nothing changes', async (t) => {
  const [a, b] = [await startBackend(t, answers('a')), await startBackend(t, answers('b'))]
  const { api, announced, app } = await startAnnouncing(t)
  const { body: { id } } = await api('POST', '/backends', { url: a.url, name: 'a', ...search, routes: ['shop.test/search'] })
  await until('the first check', () => announced().length === 1)
  const other = { url: b.url, service: 'other', routes: ['/fine', { host: 'SHOP.test', path: '/search/' }] }
  const announcedBy = await api('POST', '/backends', other)
  assert.deepEqual([announcedBy.status, announcedBy.body.code], [409, 'EVENKEEL_ROUTE_TAKEN'])
  assert.match(announcedBy.body.message, /^The route shop\.test\/search is taken: the service search \(a\) has it$/)
  assert.deepEqual([app.services.get('other'), app.registry.snapshot().length], [undefined, 1])
  await api('DELETE', `/backends/${id}`)
  const orphaned = await api('POST', '/backends', other)
  assert.match(orphaned.body.message, /the service search, whose backends have left, until .* or DELETE \/api\/routes\/[0-9a-f]{12}/)
  const file = { match: matchOf('/fine'), service: undefined, origin: 'evenkeel.yaml:7' }
  app.announcementPolicy.configure({ allowed: undefined, routes: [file], services: [] })
  const inFile = await api('POST', '/backends', { ...other, routes: ['/fine'] })
  assert.deepEqual([inFile.status, inFile.body.code], [409, 'EVENKEEL_ROUTE_TAKEN'])
  assert.match(inFile.body.message, /evenkeel\.yaml:7/)
  assert.equal(app.registry.snapshot().length, 0)
})

test('a route outside of registration.allow is 403 with its name, and nothing changes', async (t) => {
  const { api, app } = await startAnnouncing(t)
  app.announcementPolicy.configure({ allowed: readAllowed(['shop.test/search']).allowed, routes: [], services: [] })
  const announced = ['shop.test/search', '/admin']
  const { status, body } = await api('POST', '/backends', { url: 'http://127.0.0.1:1', service: 's', routes: announced })
  assert.deepEqual([status, body.code], [403, 'EVENKEEL_ROUTE_NOT_ALLOWED'])
  assert.match(body.message, /^The route \/admin is not in registration\.allow/)
  assert.deepEqual([app.registry.snapshot(), app.services.get('s')], [[], undefined])
})

test('when the file allows less than before, what it does not allow is left out alone, and the log says so once', async (t) => {
  const a = await startBackend(t, answers('a'))
  const log = memoryLog()
  const { api, announced, app } = await startAnnouncing(t, {}, { logger: log.logger })
  await api('POST', '/backends', { url: a.url, name: 'a', ...search, routes: ['/a', '/b'] })
  await until('the first check', () => announced().length === 2)
  const less = { allowed: readAllowed(['/a']).allowed, routes: [], services: [] }
  app.announcementPolicy.configure(less)
  app.announcementPolicy.configure(less)
  assert.deepEqual(announced(), ['search /a > a'])
  const told = log.lines().filter(({ msg }) => msg === 'announced route is not in force')
  assert.deepEqual(told.map(({ level, announced: route }) => [level, route]), [[40, '/b']])
})

const refused: Record<string, [body: object, message: RegExp]> = {
  'routes without a service': [{ routes: ['/a'] }, /^body\/routes needs body\/service/],
  'a service that cannot be one': [{ service: 'Search' }, /^body\/service must match pattern/],
  'a route with an unknown part': [{ service: 's', routes: [{ paht: '/a' }] }, /^body\/routes\/0 must not have "paht"/],
  'a route that is a number': [{ service: 's', routes: [5] }, /^body\/routes\/0 must be object/],
  'a route of nothing': [{ service: 's', routes: [{}] }, /^body\/routes\/0 must NOT have fewer than 1 properties/],
  'a host with a port': [{ service: 's', routes: ['/a', 'shop.test:80/a'] }, /^body\/routes\/1\/host "shop.test:80" has a port/],
  'a wildcard in a path': [{ service: 's', routes: [{ path: '/a*' }] }, /^body\/routes\/0\/path .*no wildcards/],
  'the same route twice': [{ service: 's', routes: ['/a', '/b', '/a/'] }, /^body\/routes\/2 matches the same requests as body\/routes\/0/],
  'too many routes': [{ service: 's', routes: Array.from({ length: 101 }, (_, i) => `/${i}`) }, /^body\/routes must NOT have more than 100/]
}

for (const [what, [body, message]] of Object.entries(refused)) {
  test(`${what} is refused with 400`, async (t) => {
    const { api, app } = await startAnnouncing(t)
    const reply = await api('POST', '/backends', { url: 'http://127.0.0.1:1', ...body })
    assert.deepEqual([reply.status, reply.body.code], [400, 'EVENKEEL_INVALID_BODY'])
    assert.match(reply.body.message, message)
    assert.equal(app.registry.snapshot().length, 0)
  })
}

test('an operator changes neither the service nor the routes of a backend', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { api } = await startAnnouncing(t)
  const { body: { id } } = await api('POST', '/backends', { url: a.url, ...search, routes })
  for (const change of [{ routes: [] }, { service: 'other' }]) {
    assert.equal((await api('PATCH', `/backends/${id}`, change)).status, 400)
  }
})
