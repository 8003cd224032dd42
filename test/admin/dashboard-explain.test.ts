import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerOf, explainQuery } from '../../src/dashboard/explain-words.ts'
import type { Explanation } from '../../src/admin/wire.ts'
import { buildApp } from '../helpers/gateway.ts'

test('the form asks for method, path and headers, one per line', () => {
  const query = explainQuery('POST', '/a?b=1&c', 'X-Tenant: acme\r\n\n  accept:a\nAccept: b:c \ncookie: a=1\ncookie: b=2')
  assert.deepEqual(
    [...query],
    [['method', 'POST'], ['path', '/a?b=1&c'], ['header.x-tenant', 'acme'], ['header.accept', 'a, b:c'], ['header.cookie', 'a=1; b=2']]
  )
})

test('a line that is no header is named', () => {
  assert.throws(() => explainQuery('GET', '/', 'x-tenant: acme\nnonsense'), /“nonsense” is not a header/)
  assert.throws(() => explainQuery('GET', '/', ': value'), /“: value” is not a header/)
})

test('the gateway takes what the form asks', async (t) => {
  const app = await buildApp(t, { BACKENDS: 'http://a.invalid;name=a' })
  const { statusCode, json } = await app.admin.inject(`/api/explain?${explainQuery('POST', '/a?b=1', 'x-tenant: acme').toString()}`)
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
