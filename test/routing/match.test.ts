import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeMatch, parseMatch, readMatch, type MatchProblem, type MatchSpec } from '../../src/routing/match.ts'
import { matchOf } from '../helpers/table.ts'

const wrong: ReadonlyArray<readonly [spec: MatchSpec, path: string, message: RegExp]> = [
  [{ host: 'shop.example.com:8080' }, 'host', /has a port/],
  [{ host: ['a.test', 'shop.*.com'] }, 'host.1', /can only be the first label/],
  [{ host: 'a b' }, 'host', /is not a host/],
  [{ host: '' }, 'host', /is not a host/],
  [{ host: 'shop.example.com/api' }, 'host', /belongs under path/],
  [{ host: 'https://shop.example.com' }, 'host', /is not a host/],
  [{ host: 'a.test?x' }, 'host', /is not a host/],
  [{ host: 'a.test#x' }, 'host', /is not a host/],
  [{ host: 'a.test\\x' }, 'host', /is not a host/],
  [{ host: 'a%2etest' }, 'host', /is not a host/],
  [{ host: 'a\tb.test' }, 'host', /is not a host/],
  [{ host: '0x7f.1' }, 'host', /write 127\.0\.0\.1/],
  [{ host: '010.1.2.3' }, 'host', /write 8\.1\.2\.3/],
  [{ host: [] }, 'host', /names none/],
  [{ method: [] }, 'method', /names none/],
  [{ host: '[::g]' }, 'host', /IPv6/],
  [{ path: 'api' }, 'path', /does not begin with "\/"/],
  [{ path: '/api*' }, 'path', /no wildcards/],
  [{ path: '/a?b' }, 'path', /remove what begins with "\?"/],
  [{ path: '/a#b' }, 'path', /remove what begins with "#"/],
  [{ path: '/a//b' }, 'path', /holds "\/\/"/],
  [{ path: '/a/../b' }, 'path', /".." segment/],
  [{ path: '/.' }, 'path', /".." segment/],
  [{ path: '/a%2Fb' }, 'path', /holds "%2F"/],
  [{ path: '/a%5cb' }, 'path', /holds "%5c"/],
  [{ path: '/%61' }, 'path', /an encoded "a"/],
  [{ path: '/a%2' }, 'path', /encodes nothing/],
  [{ path: '/a;b' }, 'path', /holds a ";"/],
  [{ path: '/a\\b' }, 'path', /holds a "\\"/],
  [{ path: '/straße' }, 'path', /such as \/stra%C3%9Fe/],
  [{ exactPath: '/a', path: '/b' }, 'exactPath', /exclude each other/],
  [{ method: 'GE T' }, 'method', /is not a method/],
  [{ header: { 'a b': '1' } }, 'header.a b', /not the name of a header/],
  [{ header: { Host: 'a' } }, 'header.Host', /use the key host/],
  [{ header: { 'X-A': '1', 'x-a': '2' } }, 'header.x-a', /is there twice/],
  [{ header: { a: 'x\r\ny' } }, 'header.a', /no header can have/],
  [{ cookie: { 'a=b': '1' } }, 'cookie.a=b', /not the name of a cookie/],
  [{ cookie: { a: 'x; y' } }, 'cookie.a', /no cookie can have/],
  [{ cookie: { a: ' x' } }, 'cookie.a', /no cookie can have/]
]
for (const [spec, path, message] of wrong) {
  test(`${JSON.stringify(spec)} is refused`, () => {
    const [problem, ...more] = readMatch(spec) as MatchProblem[]
    assert.deepEqual([problem?.path.join('.'), more], [path, []])
    assert.match(problem?.message ?? '', message)
  })
}

test('everything that is wrong is said at once', () => {
  assert.equal((readMatch({ host: ['a:1', '*'], path: 'x', method: '' }) as MatchProblem[]).length, 4)
})

test('hosts, paths and headers have one form', () => {
  assert.deepEqual(matchOf({ host: ['München.Example.', '*.EXAMPLE.com', '[::0:1]'], path: '/a%c3%9f/', header: { 'X-A': ' 1 ' } }), {
    hosts: ['xn--mnchen-3ya.example', '*.example.com', '[::1]'],
    path: '/a%C3%9F',
    isExact: false,
    methods: [],
    headers: { 'x-a': '1' },
    cookies: {}
  })
})

test('a header may have any name, also one that objects of JavaScript know', () => {
  assert.deepEqual(Object.entries(matchOf({ header: JSON.parse('{ "__proto__": "1" }') }).headers), [['__proto__', '1']])
})

test('an empty announcement is not a match for everything', () => {
  for (const text of ['', '  ']) assert.ok(Array.isArray(readMatch(parseMatch(text))), JSON.stringify(text))
})

test('the slash at the end counts in an exact path alone', () => {
  assert.deepEqual([matchOf({ path: '/a/' }).path, matchOf({ exactPath: '/a/' }).path, matchOf({ path: '/' }).path], ['/a', '/a/', '/'])
})

for (const [text, spec] of [
  ['shop.example.com/search', { host: 'shop.example.com', path: '/search' }],
  ['/search', { path: '/search' }],
  ['GET /search', { path: '/search', method: ['GET'] }],
  ['POST  shop.example.com/a/b', { host: 'shop.example.com', path: '/a/b', method: ['POST'] }],
  ['*.example.com', { host: '*.example.com', path: '/' }]
] as const) {
  test(`"${text}" is a match`, () => { assert.deepEqual(parseMatch(text), spec) })
}

test('a match is one line for people', () => {
  const match = matchOf({ host: 'a.test', exactPath: '/x', method: ['GET', 'PUT'], header: { 'X-A': '1' }, cookie: { b: '2' } })
  assert.equal(describeMatch(match), 'GET/PUT a.test/x (exactly), header x-a: 1, cookie b=2')
})
