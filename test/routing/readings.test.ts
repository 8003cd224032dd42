import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestHead } from '../../src/http/heads.ts'
import type { MatchSpec } from '../../src/routing/match.ts'
import { hasReadings, readingsOf } from '../../src/routing/readings.ts'
import { RoutingTable } from '../../src/routing/table.ts'
import { bestOf } from '../helpers/best-match.ts'
import { headOf } from '../helpers/head.ts'
import { fc } from '../helpers/property.ts'
import { matchOf } from '../helpers/table.ts'

for (const [path, ...others] of [
  ['/a/b'],
  ['/a.b/c..d'],
  ['/.well-known/x'],
  ['/%zz'],
  ['/a%2Fb', '/a/b'],
  ['/%61', '/a'],
  ['/a//b', '/a/b'],
  ['/a/./b/', '/a/b/'],
  ['/a/..', '/'],
  ['/../../a', '/a'],
  ['/a;v=1/b', '/a/b'],
  ['/a\\b', '/a/b'],
  ['/a//../b', '/a/b', '/b'],
  ['/a;x%2F../b', '/b', '/a/b'],
  ['/a%2F..\\b', '/a/..\\b', '/a%2F../b', '/b'],
  ['/a%252fb']
] as const) {
  test(`${path} is read as ${others.join(', ') || 'it is written'}`, () => { assert.deepEqual(readingsOf(path), [path, ...others]) })
}

const oddPaths = pathsOf([
  'a', 'b', 'ab', '/', '/', '.', '..', '/../', '//', '%2F', '%2f', '%61', '%2e', '%2E%2e', ';', ';x', '%3B', '\\', '%5c', '%25', '%zz', '%'
])
const paths = fc.constantFrom('/', '/a', '/b', '/ab', '/a/b', '/a/a', '/b/a')
const specs = fc.record({
  host: fc.constantFrom(undefined, 'a.test', '*.test'),
  path: paths,
  method: fc.constantFrom(undefined, 'GET', 'PUT'),
  header: fc.constantFrom(undefined, { 'X-A': '1' }, { 'X-A': '1', 'x-b': '2' }),
  cookie: fc.constantFrom(undefined, { c: '1' })
}).chain(({ path, ...spec }) => fc.boolean().map((isExact): MatchSpec => isExact ? { ...spec, exactPath: path } : { ...spec, path }))
const tables = fc.array(specs, { maxLength: 10 })
const fields = fc.constantFrom([], ['X-A', '1'], ['X-A', '1', 'X-B', '2'], ['Cookie', 'd=2; c=1'], ['x-a', '1', 'Cookie', 'c=1'])
const heads = fc.tuple(fc.constantFrom('GET', 'PUT', 'POST'), fc.constantFrom('a.test', 'b.test', 'other.example'), fields)

function pathsOf (of: readonly string[]): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...of), { maxLength: 8 }).map((chosen) => `/${chosen.join('')}`)
}

function compiled (routes: readonly MatchSpec[]): RoutingTable<number> {
  return new RoutingTable(routes.map((spec, value) => ({ match: matchOf(spec), value })))
}

function requestFor ([method, host, sent]: readonly [string, string, readonly string[]], path: string): RequestHead {
  return headOf(`${method} ${host}${path}`, sent)
}

test('a path leads to the route of all of its readings, or it is ambiguous', () => {
  fc.assert(fc.property(tables, heads, oddPaths, (routes, start, path) => {
    const head = requestFor(start, path)
    const found = new Set(readingsOf(path).map((reading) => bestOf(routes.map(matchOf), head, reading)))
    assert.equal(compiled(routes).find(head), found.size > 1 ? 'ambiguous' : [...found][0])
  }), { numRuns: 1500 })
})

test('a path with only one reading is never ambiguous', () => {
  fc.assert(fc.property(tables, heads, oddPaths, (routes, start, path) => {
    fc.pre(readingsOf(path).length === 1)
    assert.notEqual(compiled(routes).find(requestFor(start, path)), 'ambiguous')
  }), { numRuns: 1000 })
})

test('what has no readings is found by a look at a few characters', () => {
  fc.assert(fc.property(oddPaths, (path) => { assert.ok(hasReadings(path) || readingsOf(path).length === 1) }))
})

/** How a backend gets from the path of a request to what it serves, written here without a look at the code that guards against it. */
function resolve (path: string): string {
  const kept: string[] = []
  const segments = path.split('/').filter((segment, i, all) => segment !== '' || i === all.length - 1)
  for (const segment of segments) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  const last = segments.at(-1)
  if ((last === '.' || last === '..') && kept.at(-1) !== '') kept.push('')
  return `/${kept.join('/')}`
}

function decode (path: string): string {
  return path.replace(/%(?:2f|5c|61|2e)/gi, (escape) => String.fromCharCode(parseInt(escape.slice(1), 16)))
}

const backends: Record<string, { readonly paths: fc.Arbitrary<string>, readonly read: (path: string) => string }> = {
  // ngx_http_parse_complex_uri with merge_slashes: it knows neither parameters nor backslashes.
  nginx: {
    paths: pathsOf(['a', 'b', '/', '.', '..', '/../', '%2F', '%2f', '%61', '%2e', '%2E%2e']),
    read: (path) => resolve(decode(path))
  },
  // CoyoteAdapter: parameters go first, then escapes are decoded, then backslashes and dots are resolved.
  Tomcat: {
    paths: pathsOf(['a', 'b', '/', '..', '/../', ';', ';x', '%2F', '%2f', '%61', '%2e', '\\', '%5c']),
    read: (path) => resolve(decode(path.replace(/;[^/]*/g, '')).replaceAll('\\', '/'))
  }
}

/** A backend of habits that no known one has all of: each of these, or not, in one of two orders. */
const habits = fc.record({
  slash: fc.boolean(), backslash: fc.boolean(), escapedBackslash: fc.boolean(), parameters: fc.boolean(), areParametersFirst: fc.boolean()
})

function readBy (path: string, { slash, backslash, escapedBackslash, parameters, areParametersFirst }: {
  slash: boolean, backslash: boolean, escapedBackslash: boolean, parameters: boolean, areParametersFirst: boolean
}): string {
  const drop = (text: string): string => parameters ? text.replace(/;[^/]*/g, '') : text
  let read = path.replace(/%(?:61|2e)/gi, (escape) => String.fromCharCode(parseInt(escape.slice(1), 16)))
  if (areParametersFirst) read = drop(read)
  if (slash) read = read.replace(/%2f/gi, '/')
  if (backslash) read = read.replaceAll('\\', '/')
  if (escapedBackslash) read = read.replace(/%5c/gi, '/')
  return resolve(drop(read))
}

test('no path leads to one route here and, as a backend of any mixture of habits reads it, to another', () => {
  const sent = pathsOf(['a', 'b', '/', '..', '/../', ';', ';x', '%2F', '%2f', '%61', '%2e', '\\', '%5c'])
  fc.assert(fc.property(tables, heads, sent, habits, (routes, start, path, has) => {
    const found = compiled(routes).find(requestFor(start, path))
    if (found !== 'ambiguous') assert.equal(bestOf(routes.map(matchOf), requestFor(start, path), readBy(path, has)), found)
  }), { numRuns: 4000 })
})

for (const [name, { paths: sent, read }] of Object.entries(backends)) {
  test(`no path leads to one route here and, as ${name} reads it, to another`, () => {
    fc.assert(fc.property(tables, heads, sent, (routes, start, path) => {
      const found = compiled(routes).find(requestFor(start, path))
      if (found !== 'ambiguous') assert.equal(bestOf(routes.map(matchOf), requestFor(start, path), read(path)), found)
    }), { numRuns: 2000 })
  })
}
