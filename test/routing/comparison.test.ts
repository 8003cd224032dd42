import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compare } from '../../src/routing/comparison.ts'
import { headOf } from '../helpers/head.ts'
import { acceptanceCases, acceptanceRoutes, tableOf } from '../helpers/table.ts'

const table = tableOf(acceptanceRoutes)

function reasons (request: string, fields: string[] = []): Record<string, string> {
  return Object.fromEntries(compare(table, headOf(request, fields)).compared.map(({ entry, reason }) => [entry.value, reason]))
}

test('each route of the host says why it is not the one', () => {
  assert.deepEqual(reasons('POST shop.example.com/api/x', ['Cookie', 'beta=1']), {
    'api-write': 'it matches, and no other that matches is more specific',
    web: 'it matches, but the chosen one has a more specific path',
    api: 'it matches, but the chosen one names the method, which counts before headers and cookies',
    'api-beta': 'it matches, but the chosen one names the method, which counts before headers and cookies',
    tenants: 'it matches, but the chosen one has a more specific host',
    login: 'the path is not exactly /login',
    files: 'the path is not at or below /files',
    v2: 'the path is not at or below /v2',
    admin: 'the path is not at or below /admin',
    health: 'the path is not at or below /status'
  })
})

test('a path that can be read in several ways says where each leads', () => {
  const { result, readings, compared } = compare(table, headOf('shop.example.com/api/..;/admin'))
  assert.deepEqual([result, readings], ['ambiguous', ['/admin']])
  const leading = compared.filter(({ reason }) => reason.startsWith('the path leads here'))
  assert.deepEqual(leading.map(({ entry, reason }) => [entry.value, reason]), [
    ['api', 'the path leads here if it is read as /api/..;/admin'],
    ['admin', 'the path leads here if it is read as /admin']
  ])
})

for (const [request, route] of acceptanceCases) {
  test(`${request}: what is chosen is what the table finds`, () => {
    const { result, compared } = compare(table, headOf(request))
    assert.equal(result, route)
    const chosen = compared.filter(({ isChosen }) => isChosen).map(({ entry }) => entry.value)
    assert.deepEqual(chosen, route === undefined || route === 'ambiguous' ? [] : [route])
  })
}
