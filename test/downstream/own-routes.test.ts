import assert from 'node:assert/strict'
import { test } from 'node:test'
import createFastify, { type HTTPMethods } from 'fastify'
import fc from 'fast-check'
import { OwnRoutes } from '../../src/downstream/facade/own-routes.ts'

const cases: Array<[route: string, may: string[], not: string[]]> = [
  ['/own', ['/own', '/own?a', '/OWN', '/own/', '//own', '/%6fwn', '/own;a', '/own#a'], ['/', '/ow', '/owner', '/own/a', '/x/own', '/x?/own']],
  ['/own/', ['/own', '/own/'], ['/own/a']],
  ['/', ['/', '/?a', '//'], ['/a']],
  ['/a/:b', ['/a/', '/a/b', '/a/b/c', '/a'], ['/', '/b/a']],
  ['/a/:b?', ['/a', '/a/b'], ['/b']],
  ['/a/*', ['/a/', '/a/b/c'], ['/b', '/']],
  ['/a-:b.:c', ['/a-b.c'], ['/a/b']],
  ['/a/:b(^\\d+)', ['/a/1'], ['/b']],
  ['/a::b', ['/a:b'], ['/b']],
  ['/*', ['/', '/a', '/a/b', '*'], []],
  ['*', ['/', '/a', '*'], []]
]

for (const [route, may, not] of cases) {
  test(`the route ${route} may answer ${may.join(' ')}${not.length > 0 ? `, and not ${not.join(' ')}` : ''}`, () => {
    const routes = new OwnRoutes()
    routes.add('GET', route)
    for (const target of may) assert.equal(routes.mayMatch('GET', target), true, target)
    for (const target of not) assert.equal(routes.mayMatch('GET', target), false, target)
    for (const target of may) assert.equal(routes.mayMatch('POST', target), false, target)
  })
}

test('what a route answers, it may answer', async () => {
  const piece = fc.constantFrom('a', 'b', 'A', ':x', ':x?', '*', ':x(^\\d+)', 'a-:x', '', '1', '::a')
  const word = fc.constantFrom('a', 'b', 'A', '%61', '1', '12', '', 'a-b', ':a', '%2f', 'x?y', 'x;y', '*')
  await fc.assert(fc.asyncProperty(fc.array(piece, { maxLength: 3 }), fc.array(word, { maxLength: 4 }), async (pieces, words) => {
    const route = `/${pieces.join('/')}`
    const target = `/${words.join('/')}`
    const app = createFastify({ routerOptions: { maxParamLength: 1000 } })
    const routes = new OwnRoutes()
    let isAnswered = false
    app.addHook('onRoute', ({ method, url }) => { for (const each of [method].flat()) routes.add(each, url) })
    try {
      app.get(route, async () => { isAnswered = true })
      await app.ready()
    } catch {
      return // no route that the router takes
    }
    await app.inject({ method: 'GET' as HTTPMethods, url: target })
    if (isAnswered) assert.equal(routes.mayMatch('GET', target), true)
  }), { numRuns: 1000 })
})
