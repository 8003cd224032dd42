import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findConflicts } from '../../src/routing/conflicts.ts'
import type { MatchSpec } from '../../src/routing/match.ts'
import { acceptanceRoutes, matchOf } from '../helpers/table.ts'

function conflicts (...specs: MatchSpec[]): string[] {
  const found = findConflicts(specs.map(matchOf), (index) => `route ${index}`)
  return found.map(({ index, isError, message }) => `${index} ${isError} ${message}`)
}

test('the same match twice is an error, on each host on which it is', () => {
  assert.deepEqual(conflicts({ host: ['a.test', 'b.test'], path: '/x' }, { host: 'b.test', path: '/x/' }), [
    '1 true matches the same requests as route 0 on b.test'
  ])
  const reordered = { method: ['PUT', 'GET'], header: { B: '2', A: '1' } }
  assert.deepEqual(conflicts({ method: ['GET', 'PUT'], header: { a: '1', b: '2' } }, reordered), [
    '1 true matches the same requests as route 0'
  ])
})

test('matches that differ in anything are none', () => {
  assert.deepEqual(conflicts({ path: '/x' }, { exactPath: '/x' }, { path: '/x', method: 'GET' }, { path: '/x', cookie: { a: '1' } }), [])
})

test('a route whose methods an earlier one takes can never match', () => {
  assert.deepEqual(conflicts({ path: '/x', method: ['GET', 'PUT'] }, { path: '/x', method: 'PUT' }), [
    '1 false can never match: route 0 stands before it and takes all of its methods'
  ])
  assert.deepEqual(conflicts({ path: '/x', method: 'PUT' }, { path: '/x', method: ['GET', 'PUT'] }), [])
})

test('a route without a host is hidden where a host takes every path', () => {
  const names = Object.keys(acceptanceRoutes)
  const found = findConflicts(Object.values(acceptanceRoutes).map(matchOf), (index) => names[index]!)
  assert.deepEqual(found.map(({ index, message }) => [names[index], message]), [
    [
      'health',
      '/status has no host and is hidden on shop.example.com, *.example.com, *.eu.example.com and 1 more, where web takes every path'
    ]
  ])
})

test('it is hidden as well where a host takes a shorter prefix, and not where it takes the same or a longer one', () => {
  const found = (...specs: Parameters<typeof conflicts>): string[] => conflicts(...specs)
  assert.equal(found({ path: '/a/b' }, { host: 'x.test', path: '/a' }).length, 1)
  assert.match(found({ path: '/a/b' }, { host: 'x.test', path: '/a' }).join(), /hidden on x\.test, where .* takes every path below \/a/)
  assert.deepEqual(found({ path: '/a/b' }, { host: 'x.test', path: '/a/b' }), [])
  assert.deepEqual(found({ path: '/a' }, { host: 'x.test', path: '/a/b' }), [])
  assert.deepEqual(found({ path: '/ab' }, { host: 'x.test', path: '/a' }), [])
  assert.deepEqual(found({ path: '/a/b' }, { host: 'x.test', path: '/a', method: 'GET' }), [])
  assert.deepEqual(found({ path: '/' }, { host: 'x.test', path: '/' }), [])
})
