import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAnnouncedRoute, type SaidRoute } from '../../src/admin/announced-route.ts'
import type { AnnouncedRoute } from '../../src/backends/spec.ts'
import { AnnouncedRoutes, covered } from '../../src/registry/announced-routes.ts'
import { MemoryStore } from '../../src/registry/memory-store.ts'
import { changedEntry, newEntry, type RegistryEntry } from '../../src/registry/store.ts'
import { describeMatch } from '../../src/routing/match.ts'
import { placesOf, routeIdOf } from '../../src/routing/route-id.ts'
import { FakeClock } from '../helpers/clock.ts'

const graceMs = 60_000

function route (said: SaidRoute): AnnouncedRoute {
  const read = readAnnouncedRoute(said)
  assert.ok(!Array.isArray(read), JSON.stringify(read))
  return read
}

function backend (name: string, service: string, ...routes: SaidRoute[]): RegistryEntry {
  return newEntry({ url: `http://${name}`, name, weight: 1, routes: routes.map(route) }, 'registered', service)
}

function start (grace = graceMs) {
  const store = new MemoryStore()
  const clock = new FakeClock()
  const healthy = new Set<string>()
  const refused: string[] = []
  const objections = new Map<string, string>()
  let changes = 0
  const routes = new AnnouncedRoutes({
    store,
    clock,
    graceMs: grace,
    idOf: routeIdOf,
    placesOf,
    isHealthy: (id) => healthy.has(id),
    judge: (match) => objections.get(describeMatch(match)),
    onRefused: (match, service, why) => { refused.push(`${service} ${describeMatch(match)}: ${why}`) }
  })
  routes.watch(() => { changes++ })
  /** It registers and passes its check. */
  function join (entry: RegistryEntry): RegistryEntry {
    healthy.add(entry.id)
    store.put(entry, 'registered')
    return entry
  }
  const leave = ({ id }: RegistryEntry): void => { store.remove(id, 'it left') }
  const shown = (): string[] => routes.list().map(({ service, match, names, replacePrefix, endsAt }) => {
    const edit = replacePrefix === undefined ? '' : ` as ${replacePrefix}`
    return `${service} ${describeMatch(match)}${edit} > ${endsAt === undefined ? names.join('+') : `until ${endsAt}`}`
  })
  const audiences = () => routes.list().map(({ backendIds }) => backendIds && [...backendIds])
  return { store, clock, healthy, refused, objections, routes, join, leave, shown, audiences, changes: () => changes }
}

test('a route is in force when the first backend that announces it is healthy, and stays whatever its health is then', () => {
  const { store, healthy, routes, shown } = start()
  const a = backend('a', 'search', 'shop.example.com/search')
  store.put(a, 'registered')
  assert.deepEqual(shown(), [])
  healthy.add(a.id)
  routes.refresh()
  assert.deepEqual(shown(), ['search shop.example.com/search > a'])
  healthy.clear()
  routes.refresh()
  assert.deepEqual(shown(), ['search shop.example.com/search > a'])
})

test('a route has no audience while all backends of its service announce it, and leads only to those that do after that', () => {
  const { join, leave, shown, audiences } = start()
  const old = join(backend('old', 'search', '/v1'))
  assert.deepEqual(audiences(), [undefined])
  const young = join(backend('young', 'search', '/v1', '/v2'))
  assert.deepEqual(shown(), ['search /v1 > old+young', 'search /v2 > young'])
  assert.deepEqual(audiences(), [undefined, [young.id]])
  leave(old)
  assert.deepEqual(audiences(), [undefined, undefined])
})

test('a backend of the service that announces nothing gets none of it', () => {
  const { join, audiences } = start()
  const a = join(backend('a', 'search', '/v1'))
  join(backend('b', 'search'))
  assert.deepEqual(audiences(), [[a.id]])
})

test('a route that no backend of a living service announces any more goes at once', () => {
  const { store, join, leave, shown } = start()
  const a = join(backend('a', 'search', '/v1', '/old'))
  const b = join(backend('b', 'search', '/v1', '/only-b'))
  leave(b)
  assert.deepEqual(shown(), ['search /v1 > a', 'search /old > a'])
  store.put(changedEntry(a, { routes: [route('/v1')] }), 'registered')
  assert.deepEqual(shown(), ['search /v1 > a'])
})

test('the routes of a service whose last backend has left stay for the grace period', () => {
  const { clock, join, leave, shown, audiences, routes } = start()
  clock.advance(1000)
  leave(join(backend('a', 'search', '/v1', '/v2')))
  assert.deepEqual(shown(), ['search /v1 > until 61000', 'search /v2 > until 61000'])
  assert.deepEqual(audiences(), [undefined, undefined])
  assert.ok(routes.isKept('search'))
  clock.advance(graceMs - 1)
  assert.equal(shown().length, 2)
  clock.advance(1)
  assert.deepEqual(shown(), [])
  assert.ok(!routes.isKept('search'))
})

test('a backend that comes back takes its routes over, and ends those that it does not announce', () => {
  const { clock, join, leave, shown } = start()
  leave(join(backend('a', 'search', '/v1', '/v2')))
  join(backend('b', 'search', '/v1'))
  assert.deepEqual(shown(), ['search /v1 > b'])
  clock.advance(10 * graceMs)
  assert.deepEqual(shown(), ['search /v1 > b'])
})

test('without a grace period the routes go with the last backend', () => {
  const { join, leave, shown } = start(0)
  leave(join(backend('a', 'search', '/v1')))
  assert.deepEqual(shown(), [])
})

test('a route that was never in force leaves nothing', () => {
  const { store, leave, routes } = start()
  const a = backend('a', 'search', '/v1')
  store.put(a, 'registered')
  leave(a)
  assert.deepEqual([routes.list(), routes.kept()], [[], []])
})

test('the older of two services keeps a match, and the younger has it when the older is gone', () => {
  const { join, leave, shown, refused, routes } = start()
  const a = join(backend('a', 'one', { host: ['x.test', 'y.test'], path: '/a' }))
  join(backend('b', 'two', 'y.test/a', '/b'))
  assert.deepEqual(shown(), ['one x.test/a | y.test/a > a', 'two /b > b'])
  assert.deepEqual(refused, ['two y.test/a: the service one announces it already'])
  assert.equal(routes.otherOwner(route('y.test/a').match, 'two')?.service, 'one')
  assert.equal(routes.otherOwner(route('y.test/a').match, 'one'), undefined)
  leave(a)
  routes.forget(routeIdOf(route({ host: ['x.test', 'y.test'], path: '/a' }).match))
  assert.deepEqual(shown(), ['two y.test/a > b', 'two /b > b'])
  assert.equal(refused.length, 1)
})

test('a route that is not yet in force is taken all the same', () => {
  const { store, routes } = start()
  store.put(backend('a', 'one', '/a'), 'registered')
  assert.deepEqual(routes.otherOwner(route('/a').match, 'two')?.names, ['a'])
})

test('what is objected to is left out alone and told once, until the objection is gone', () => {
  const { join, objections, shown, refused, routes } = start()
  objections.set('/a', 'not allowed').set('/c', covered)
  join(backend('a', 'search', '/a', '/b', '/c'))
  routes.refresh()
  assert.deepEqual([shown(), refused], [['search /b > a'], ['search /a: not allowed']])
  objections.clear()
  routes.refresh()
  assert.deepEqual(shown(), ['search /a > a', 'search /b > a', 'search /c > a'])
})

test('one match with two prefixes goes by the older one, to those that want it so, until none of them is ready', () => {
  const { store, join, shown, audiences } = start()
  const old = join(backend('old', 'search', '/s'))
  const young = join(backend('young', 'search', { path: '/s', stripPrefix: true }))
  assert.deepEqual([shown(), audiences()], [['search /s > old'], [[old.id]]])
  store.put({ ...old, desiredState: 'draining' }, 'it left')
  assert.deepEqual([shown(), audiences()], [['search /s as / > young'], [[young.id]]])
})

test('only what is about routes is told', () => {
  const { store, join, changes } = start()
  const a = join(backend('a', 'search', '/v1'))
  assert.equal(changes(), 1)
  store.put(changedEntry(a, { weight: 5 }), 'operator')
  store.renew(a.id, { ttlMs: 1000, expiresAt: 1 }, 1)
  join(backend('b', 'default'))
  assert.equal(changes(), 1)
})

test('after a restart kept routes stay until their time, and restored backends need no check for what they announce', () => {
  const { store, clock, routes, shown } = start()
  clock.advance(5000)
  store.put(backend('a', 'web', '/web'), 'restored')
  routes.restore([
    { service: 'search', route: route('/search'), endsAt: 20_000 },
    { service: 'web', route: route('/web'), endsAt: 20_000 },
    { service: 'far', route: route('/far'), endsAt: 9e15 }
  ])
  assert.deepEqual(shown(), ['web /web > a', 'search /search > until 20000', 'far /far > until 65000'])
  clock.advance(15_000)
  assert.deepEqual(shown(), ['web /web > a', 'far /far > until 65000'])
})

test('a route that has ended can be forgotten, one that is announced cannot', () => {
  const { join, leave, routes, shown } = start()
  join(backend('a', 'web', '/web'))
  leave(join(backend('b', 'search', '/search')))
  assert.equal(routes.forget(routeIdOf(route('/web').match)), false)
  assert.equal(routes.forget(routeIdOf(route('/search').match)), true)
  assert.deepEqual(shown(), ['web /web > a'])
})
