import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MalformedCode } from '../../src/http2/malformed.ts'
import { http2Request } from '../../src/http2/request-head.ts'

const get = [':method', 'GET', ':scheme', 'http', ':path', '/a?b', ':authority', 'h.example']

test('a request becomes the head that HTTP/1.1 would have given', () => {
  const { head, body, contentLength } = http2Request([...get, 'host', 'H.example', 'te', 'trailers', 'x', ''], true)
  const { method, target, version, host, isMalformed } = head
  assert.deepEqual([method, target, version, host, isMalformed], ['GET', '/a?b', '2', 'h.example', false])
  assert.deepEqual(head.fields.toRaw(), ['host', 'h.example', 'te', 'trailers', 'x', ''])
  assert.deepEqual([body, contentLength], ['none', -1])
})

test('the pieces of a cookie are joined at the place of the first', () => {
  const { head } = http2Request([...get, 'cookie', 'a=1', 'x', 'y', 'cookie', 'b=2', 'cookie', 'c=3'], true)
  assert.deepEqual(head.fields.toRaw(), ['host', 'h.example', 'cookie', 'a=1; b=2; c=3', 'x', 'y'])
})

test('a body is of a length, or of none that is known', () => {
  const kinds = [['7', false], ['0', false], ['0', true]] as const
  assert.deepEqual(kinds.map(([length, isEnd]) => http2Request([...get, 'content-length', length], isEnd).body),
    ['length', 'none', 'none'])
  assert.equal(http2Request(get, false).body, 'stream')
})

test('a scheme may be http or https in any case, on any connection, and is not part of the head', () => {
  for (const scheme of ['http', 'https', 'HTTP', 'hTTpS']) {
    const { head } = http2Request([':method', 'GET', ':scheme', scheme, ...get.slice(4)], true)
    assert.deepEqual([head.target, head.isMalformed, head.fields.toRaw()], ['/a?b', false, ['host', 'h.example']])
  }
})

const answered400: ReadonlyArray<readonly [name: string, raw: readonly string[]]> = [
  ['a host that is not the authority', [...get, 'host', 'other']],
  ['two hosts', [...get, 'host', 'h.example', 'host', 'h.example']],
  ['no host', get.slice(0, 6)],
  ['credentials in the authority', [...get.slice(0, 7), 'u:p@h.example']],
  ['a fragment', [...get.slice(0, 5), '/a#b', ...get.slice(6)]],
  ['an unknown method', [':method', 'FOO', ...get.slice(2)]],
  ['CONNECT', [':method', 'CONNECT', ':authority', 'h.example:443']]
]

test('an extended CONNECT is the GET that asks for the same', () => {
  const { head, body, protocol } = http2Request([':method', 'CONNECT', ':protocol', 'websocket', ...get.slice(2)], false)
  assert.deepEqual([head.method, head.target, body, protocol, head.isMalformed], ['GET', '/a?b', 'none', 'websocket', false])
})

for (const [name, raw] of answered400) {
  test(`${name} is for a 400`, () => assert.equal(http2Request(raw, true).head.isMalformed, true))
}

test('a host without an authority names the host', () => {
  assert.equal(http2Request([...get.slice(0, 6), 'host', 'h'], true).head.host, 'h')
})

/** RFC 9113 sections 8.2.1, 8.2.2, 8.3, 8.3.1, 8.5 and 8.1.1. */
const refused: ReadonlyArray<readonly [raw: readonly string[], code: MalformedCode]> = [
  ...['X', '', 'a b', 'a:b', 'a\r\nb', 'é'].map((name) => [[...get, name, 'v'], 'invalid-field-name'] as const),
  ...['a\nb', 'a\rb', 'a\0b', ' a', 'a\t', '\x7f'].map((value) => [[...get, 'x', value], 'invalid-field-value'] as const),
  ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te'].map((name) =>
    [[...get, name, 'gzip'], 'connection-field'] as const),
  ...[
    [...get, ':method', 'GET'], [...get, ':status', '200'], [...get, ':protocol', 'websocket'], ['x', 'y', ...get], get.slice(2),
    [...get.slice(0, 2), ...get.slice(4)], [...get.slice(0, 4), ...get.slice(6)], [':method', 'CONNECT', ...get.slice(2)],
    [':method', 'CONNECT']
  ].map((raw) => [raw, 'invalid-pseudo-header'] as const),
  [[':method', 'G T', ...get.slice(2)], 'invalid-method'],
  ...['', 'ftp', 'ws', 'http:', 'xhttp', 'httpss'].map((scheme) =>
    [[':method', 'GET', ':scheme', scheme, ...get.slice(4)], 'invalid-scheme'] as const),
  ...['', 'a', '*', '/a b', '/é', 'http://h/'].map((path) => [[...get.slice(0, 5), path, ...get.slice(6)], 'invalid-path'] as const),
  ...['-1', '1,1', '', '+1', '1'.repeat(16), '5'].map((length) => [[...get, 'content-length', length], 'invalid-content-length'] as const),
  [[...get, 'content-length', '0', 'content-length', '0'], 'invalid-content-length'],
  [[':method', 'CONNECT', ':protocol', 'websocket', ...get.slice(2), 'content-length', '0'], 'invalid-content-length']
]

for (const [raw, code] of refused) {
  test(`${JSON.stringify(raw)} is refused: ${code}`, () => assert.throws(() => http2Request(raw, true), { code }))
}
