import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RoutingTable } from '../../src/routing/table.ts'
import { bestOf } from '../helpers/best-match.ts'
import { headOf } from '../helpers/head.ts'
import { fc } from '../helpers/property.ts'
import { acceptanceCases, acceptanceRoutes, matchOf, tableOf } from '../helpers/table.ts'

const table = tableOf(acceptanceRoutes)

for (const [request, route] of acceptanceCases) {
  test(`${request} leads to ${route ?? 'no route'}`, () => { assert.equal(table.find(headOf(request)), route) })
}

test('a cookie counts where no method does', () => {
  assert.equal(table.find(headOf('shop.example.com/api/x', ['Cookie', 'a=b; beta=1'])), 'api-beta')
  assert.equal(table.find(headOf('shop.example.com/api/x', ['Cookie', 'beta=2'])), 'api')
})

test('a method counts before cookies', () => {
  assert.equal(table.find(headOf('POST shop.example.com/api/x', ['Cookie', 'beta=1'])), 'api-write')
})

test('an IPv6 address is the same host in whatever way it is written', () => {
  const routes = tableOf({ six: { host: '[::0:1]' }, any: {} })
  for (const host of ['[::1]', '[::0:1]', '[0:0:0:0:0:0:0:1]:80', '[::0001]']) assert.equal(routes.find(headOf(`${host}/`)), 'six', host)
})

test('the hex digits of an escape are no other reading', () => {
  const routes = tableOf({ street: { host: 'a.test', path: '/stra%c3%9fe' }, rest: { host: 'a.test' } })
  for (const path of ['/stra%c3%9fe', '/stra%C3%9Fe/x', '/stra%c3%9Fe']) assert.equal(routes.find(headOf(`a.test${path}`)), 'street', path)
})

test('OPTIONS * is about the root of its host', () => {
  assert.equal(table.find({ ...headOf('OPTIONS *'), host: 'shop.example.com' }), 'web')
})

test('where the most specific route wants another method, the next one is asked', () => {
  const routes = tableOf({ exact: { exactPath: '/a', method: 'GET' }, prefix: { path: '/a', method: 'PUT' }, all: {} })
  assert.deepEqual(['GET h/a', 'PUT h/a', 'POST h/a'].map((request) => routes.find(headOf(request))), ['exact', 'prefix', 'all'])
})

test('where the host has no route for a path, a wildcard is asked, and then those without a host', () => {
  const routes = tableOf({ named: { host: 'a.test', path: '/named' }, wild: { host: '*.test', path: '/wild' }, any: {} })
  assert.deepEqual(['a.test/named', 'a.test/wild', 'a.test/x'].map((request) => routes.find(headOf(request))), ['named', 'wild', 'any'])
})

test('more headers and cookies count before fewer, and among equals the first one stands', () => {
  const routes = tableOf({
    one: { header: { 'X-A': '1' } }, two: { header: { 'x-a': '1' }, cookie: { b: '2' } }, three: { header: { 'x-b': '1' } }
  })
  assert.equal(routes.find(headOf('h/', ['X-A', '1', 'Cookie', 'b=2'])), 'two')
  assert.equal(routes.find(headOf('h/', ['X-A', '1', 'X-B', '1'])), 'one')
})

test('a host of many labels is compared with no more of them than the table has', () => {
  const host = `${'a.'.repeat(8000)}example.com`
  const startedAt = process.cpuUsage().user
  for (let i = 0; i < 100; i++) assert.equal(table.find(headOf(`${host}/`)), 'tenants')
  assert.ok(process.cpuUsage().user - startedAt < 1_000_000)
})

const paths = fc.array(fc.constantFrom('a', 'b', 'ab'), { maxLength: 3 }).map((segments) => `/${segments.join('/')}`)
const hosts = fc.constantFrom('a.test', 'b.a.test', 'c.b.a.test', 'other.test')
const patterns = fc.constantFrom('a.test', 'b.a.test', '*.test', '*.a.test', '*.b.a.test')
const methods = fc.constantFrom('GET', 'POST', 'PUT')
const specs = fc.record({
  host: fc.option(fc.array(patterns, { minLength: 1, maxLength: 2 }), { nil: undefined }),
  path: fc.option(paths, { nil: undefined }),
  method: fc.option(fc.array(methods, { minLength: 1, maxLength: 2 }), { nil: undefined })
}).chain((spec) => fc.boolean().map((isExact) => isExact ? { host: spec.host, exactPath: spec.path, method: spec.method } : spec))

test('it finds what a comparison with each route in turn finds', () => {
  fc.assert(fc.property(fc.array(specs, { maxLength: 12 }), methods, hosts, paths, fc.boolean(), (routes, method, host, path, slash) => {
    const compiled = new RoutingTable(routes.map((spec, value) => ({ match: matchOf(spec), value })))
    const asked = slash && path !== '/' ? `${path}/` : path
    assert.equal(compiled.find(headOf(`${method} ${host}${asked}`)), bestOf(routes.map(matchOf), headOf(`${method} ${host}/`), asked))
  }), { numRuns: 2000 })
})
