import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerOf, explainQuery } from '../../src/dashboard/explain-words.ts'
import type { Explanation } from '../../src/admin/wire.ts'
import { buildApp } from '../helpers/gateway.ts'

test('the form asks for method, path and headers, one per line', () => {
  const query = explainQuery('POST', '', '/a?b=1&c', 'X-Tenant: acme\r\n\n  accept:a\nAccept: b:c \ncookie: a=1\ncookie: b=2')
  assert.deepEqual(
    [...query],
    [['method', 'POST'], ['path', '/a?b=1&c'], ['header.x-tenant', 'acme'], ['header.accept', 'a, b:c'], ['header.cookie', 'a=1; b=2']]
  )
})

test('a line that is no header is named', () => {
  assert.throws(() => explainQuery('GET', '', '/', 'x-tenant: acme\nnonsense'), /“nonsense” is not a header/)
  assert.throws(() => explainQuery('GET', '', '/', ': value'), /“: value” is not a header/)
})

test('the gateway takes what the form asks', async (t) => {
  const app = await buildApp(t, { BACKENDS: 'http://a.invalid;name=a' })
  const query = explainQuery('POST', 'shop.test', '/a?b=1', 'x-tenant: acme')
  const { statusCode, json } = await app.admin.inject(`/api/explain?${query.toString()}`)
  assert.equal(statusCode, 200)
  assert.equal(answerOf(json() as Explanation).choice, 'a')
})

const explanation: Explanation = {
  backends: [
    { id: 'a', name: 'a', isCandidate: true, reason: 'in rotation' },
    { id: 'b', name: 'b', isCandidate: true, reason: 'in rotation' },
    { id: 'c', name: 'c', isCandidate: true, reason: 'in rotation' },
    { id: 'd', name: 'd', isCandidate: false, reason: 'drained' },
    { id: 'e', name: 'e', isCandidate: false, reason: 'unhealthy: status 503' }
  ],
  strategy: 'round-robin',
  choice: { id: 'b', name: 'b' },
  reason: 'it is next in turn (effective weight 1, 0 in flight, 3 candidates)',
  isFailingOpen: false,
  spillRatio: 0
}

test('the answer names the choice, why, and why not each of the others', () => {
  assert.deepEqual(answerOf(explanation), {
    choice: 'b',
    why: 'round-robin: it is next in turn (effective weight 1, 0 in flight, 3 candidates).',
    notes: [],
    routes: [],
    groups: [
      { isCandidate: false, reason: 'drained', names: ['d'] },
      { isCandidate: false, reason: 'unhealthy: status 503', names: ['e'] },
      { isCandidate: true, reason: 'in rotation', names: ['a', 'c'] }
    ]
  })
})

test('where no backend can take the request, the answer says what becomes of it', () => {
  const { choice, why } = answerOf({ ...explanation, choice: null })
  assert.equal(choice, 'No backend')
  assert.match(why, /wait in the queue or get 503/)
})

test('the answer says when ejected backends are used, and when requests leave the zone', () => {
  assert.deepEqual(answerOf({ ...explanation, isFailingOpen: true, spillRatio: 0.25 }).notes, [
    'No healthy backend is left, so ejected ones are used.',
    '25 % of requests leave this gateway’s zone.'
  ])
})

test('where there are routes, the answer names those that were considered, and the service', () => {
  const considered = [
    { id: '1', name: 'api', match: 'shop.test/api', origin: 'evenkeel.yaml:7', isChosen: true, reason: 'it is the most specific' },
    { id: '2', name: null, match: 'shop.test/', origin: 'evenkeel.yaml:5', isChosen: false, reason: 'its path is shorter' }
  ]
  const route = { readings: [], considered, result: 'route' } as const
  const { choice, routes } = answerOf({ ...explanation, service: 'api', route })
  assert.equal(choice, 'b of api')
  assert.deepEqual(routes, [
    { name: 'api: shop.test/api (evenkeel.yaml:7)', isChosen: true, reason: 'it is the most specific' },
    { name: 'shop.test/ (evenkeel.yaml:5)', isChosen: false, reason: 'its path is shorter' }
  ])
  const nowhere = { ...explanation, choice: null }
  assert.match(answerOf({ ...nowhere, route: { ...route, result: 'no-route' } }).why, / 404/)
  const readings = ['/a%2Fb', '/a/b']
  const ambiguous = answerOf({ ...nowhere, route: { ...route, readings, result: 'ambiguous' } })
  assert.match(`${ambiguous.why} ${ambiguous.notes.join()}`, /400\. Backends could read the path in several ways: \/a%2Fb, \/a\/b/)
  assert.match(answerOf({ ...nowhere, reason: 'no backend is asked', route }).why, /redirected/)
})
