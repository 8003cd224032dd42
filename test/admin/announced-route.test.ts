import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partsOf, readAnnouncedRoute, sentenceOf, type SaidRoute } from '../../src/admin/announced-route.ts'
import { AnnouncementPolicy, readAllowed } from '../../src/admin/announcement-policy.ts'
import type { AnnouncedRoute } from '../../src/backends/spec.ts'
import { routeIdOf } from '../../src/routing/route-id.ts'

function read (said: SaidRoute): AnnouncedRoute {
  const route = readAnnouncedRoute(said)
  assert.ok(!Array.isArray(route), JSON.stringify(route))
  return route
}

for (const [said, same] of [
  ['GET Shop.Example.com/search/', { host: 'shop.example.com', path: '/search', method: ['GET'] }],
  ['/search', { path: '/search' }],
  ['shop.example.com', { host: ['shop.example.com'], path: '/' }],
  [{ host: ['b.test', 'a.test'], method: ['PUT', 'GET'] }, { host: ['a.test', 'b.test'], path: '/', method: ['GET', 'PUT'] }],
  [{ path: '/a', header: { 'X-B': '1', 'x-a': '2' } }, { path: '/a', header: { 'x-a': '2', 'x-b': '1' } }],
  [{ path: '/a', stripPrefix: true }, { path: '/a', replacePrefix: '/' }],
  [{ exactPath: '/a', stripPrefix: false }, { exactPath: '/a' }]
] as ReadonlyArray<[SaidRoute, SaidRoute]>) {
  test(`${JSON.stringify(said)} is the same route as ${JSON.stringify(same)}`, () => {
    assert.deepEqual(read(said), read(same))
    assert.equal(routeIdOf(read(said).match), routeIdOf(read(same).match))
    assert.deepEqual(read(partsOf(read(said))), read(said))
  })
}

for (const [said, problem] of [
  [{ path: 'x' }, 'body/routes/0/path "x" does not begin with "/"'],
  [{ path: '/a', replacePrefix: 'b' }, 'body/routes/0/replacePrefix "b" is not a path such as /api'],
  [{ path: '/a', replacePrefix: '/b?c' }, 'body/routes/0/replacePrefix "/b?c" is more than a path'],
  [{ path: '/a', stripPrefix: true, replacePrefix: '/b' }, 'body/routes/0/replacePrefix and stripPrefix exclude each other'],
  [{ exactPath: '/a', stripPrefix: true }, 'body/routes/0/stripPrefix needs path: an exactPath has no rest']
] as ReadonlyArray<[SaidRoute, string]>) {
  test(`${JSON.stringify(said)} is refused, and what is wrong is named`, () => {
    const problems = readAnnouncedRoute(said)
    assert.equal(Array.isArray(problems) && sentenceOf(problems, 'body/routes/0'), problem)
  })
}

for (const [patterns, route, isAllowed] of [
  [undefined, '/anything', true],
  [[], 'shop.test/search', false],
  [['shop.test/search'], 'shop.test/search', true],
  [['shop.test/search'], 'shop.test/search/deep', true],
  [['shop.test/search'], 'shop.test/searching', false],
  [['shop.test/search'], 'shop.test/', false],
  [['shop.test/search'], 'other.test/search', false],
  [['shop.test/search'], '/search', false],
  [['shop.test'], 'shop.test/any', true],
  [['*.shop.test'], 'a.b.shop.test/x', true],
  [['*.shop.test'], '*.b.shop.test/x', true],
  [['*.shop.test'], '*.shop.test', true],
  [['*.shop.test'], 'shop.test', false],
  [['*.shop.test'], 'evilshop.test', false],
  [['*.b.shop.test'], '*.shop.test', false],
  [['/search'], '/search/x', true],
  [['/search'], 'shop.test/search', true],
  [['/search'], '/', false],
  [['a.test', 'b.test'], { host: ['a.test', 'b.test'] }, true],
  [['a.test', 'b.test'], { host: ['a.test', 'c.test'] }, false]
] as ReadonlyArray<[readonly string[] | undefined, SaidRoute, boolean]>) {
  test(`registration.allow ${JSON.stringify(patterns)} ${isAllowed ? 'covers' : 'does not cover'} ${JSON.stringify(route)}`, () => {
    const policy = new AnnouncementPolicy()
    const allowed = patterns && readAllowed(patterns)
    assert.deepEqual(allowed?.problems ?? [], [])
    policy.configure({ allowed: allowed?.allowed, routes: [], services: [] })
    assert.equal(policy.allow(read(route).match), isAllowed)
    assert.equal(policy.objectionTo(read(route).match, 'search')?.type, isAllowed ? undefined : 'not-allowed')
  })
}

test('what is wrong with registration.allow is told by its index', () => {
  const { problems } = readAllowed(['shop.test/a', 'GET shop.test/b', 'shop.test/*', ''])
  assert.deepEqual(problems.map(({ index }) => index), [1, 2, 3])
})

test('a route of the file is taken for all but its own service, which it covers', () => {
  const policy = new AnnouncementPolicy()
  const { match } = read({ host: ['a.test', 'b.test'], path: '/x' })
  policy.configure({ allowed: undefined, routes: [{ match, service: 'web', origin: 'evenkeel.yaml:14' }], services: ['web'] })
  const same = read('b.test/x').match
  assert.deepEqual(policy.objectionTo(same, 'search'), { type: 'taken', by: 'a.test/x | b.test/x of evenkeel.yaml:14 has the same match' })
  assert.deepEqual(policy.objectionTo(same, 'web'), { type: 'covered' })
  assert.equal(policy.objectionTo(read('b.test/x/more').match, 'search'), undefined)
  assert.equal(policy.objectionTo(read('GET b.test/x').match, 'search'), undefined)
  assert.equal(policy.objectionTo(read({ host: ['b.test', 'c.test'], path: '/x' }).match, 'web'), undefined)
})
