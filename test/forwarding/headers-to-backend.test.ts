import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headersToBackend, isLoop, type BackendHop } from '../../src/forwarding/headers-to-backend.ts'
import { Fields } from '../../src/http/fields.ts'
import type { RequestHead } from '../../src/http/heads.ts'
import { RequestParser } from '../../src/http1/request-parser.ts'
import { fc } from '../helpers/property.ts'

const stranger = { address: '1.2.3.4', isTrusted: false, localPort: 80, isSecure: false }
const trusted = { ...stranger, isTrusted: true }
const url = 'http://backend:1'
const backend = { url: new URL(url), spec: { url, name: 'a', weight: 1 } }
const hop: BackendHop = { requestId: 'id-1', isChunked: false, upgrade: undefined, backend }
const options = { pseudonym: 'evenkeel-x' }
const claims =
  'X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: 80\r\nX-Forwarded-Host: h\r\n' +
  'X-Request-Id: id-1\r\nVia: 1.1 evenkeel-x\r\n'

function headOf (bytes: string): RequestHead {
  const parser = new RequestParser()
  parser.readHead(Buffer.from(bytes, 'latin1'), 0)
  return parser.request?.head ?? assert.fail('the head is not whole')
}

function withLines (lines: string): RequestHead {
  return headOf(`GET /a HTTP/1.1\r\nHost: h\r\n${lines}\r\n`)
}

test('lines that mean nothing to the gateway pass byte for byte, blanks included', () => {
  const lines =
    'Host: h\r\nX-CaSe:  a\t b \t\r\nx-high:caf\xe9\r\ncookie: a=1\r\n' +
    'X-Empty:\r\nCookie: b=2\r\nExpect: 100-continue\r\nContent-Length: 5\r\nDate: x\r\n'
  const head = headOf(`POST /A%2f?#f HTTP/1.1\r\n${lines}\r\n`)
  assert.equal(headersToBackend(head, stranger, hop, options), `POST /A%2f?#f HTTP/1.1\r\n${lines}${claims}\r\n`)
})

/** The lines of a client, and what becomes of them; `trust` and the hop where they matter. */
const rewritten: Array<{ lines: string, becomes: string, peer?: typeof stranger, with?: Partial<BackendHop>, claims?: string }> = [
  {
    lines:
      'Connection: keep-alive\r\nA: b\r\nKeep-Alive: x\r\nProxy-Connection: x\r\n' +
      'C: d\r\nProxy: x\r\nUpgrade: x\r\nHTTP2-Settings: x\r\nEvenkeel-Explain: x\r\n',
    becomes: 'A: b\r\nC: d\r\n'
  },
  { lines: 'A: 1\r\nConnection: x-b, X-C,close\r\nX-B: 2\r\nx-c: 3\r\nDate: 4\r\nD: 5\r\n', becomes: 'A: 1\r\nDate: 4\r\nD: 5\r\n' },
  { lines: 'Connection: a\r\nConnection: date\r\nA: 1\r\nDate: 2\r\nB: 3\r\n', becomes: 'B: 3\r\n' },
  {
    lines: 'Connection: host, content-length, expect, via, x-forwarded-for\r\nContent-Length: 3\r\nExpect: 100-continue\r\n',
    becomes: 'Content-Length: 3\r\nExpect: 100-continue\r\n'
  },
  { lines: 'Content-Length:\t5\r\nExpect:100-continue \r\nX:y\r\n', becomes: 'Content-Length: 5\r\nExpect: 100-continue\r\nX:y\r\n' },
  {
    lines: 'Content-Length: 5\r\nTrailer: a\r\n',
    with: { isChunked: true },
    becomes: 'Trailer: a\r\n',
    claims: `${claims}Transfer-Encoding: chunked\r\n`
  },
  {
    lines: 'Transfer-Encoding: chunked\r\nConnection: trailer\r\nTrailer: a\r\n',
    with: { isChunked: true },
    becomes: '',
    claims: `${claims}Transfer-Encoding: chunked\r\n`
  },
  { lines: 'Trailer: a\r\nTE: trailers\r\n', becomes: '' },
  { lines: 'TE: gzip, Trailers\r\nConnection: TE\r\n', becomes: '', claims: `${claims}Connection: TE\r\nTE: trailers\r\n` },
  { lines: 'TE: xtrailersx\r\nConnection: TE\r\n', becomes: '' },
  {
    lines: 'Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n',
    with: { upgrade: 'websocket' },
    becomes: '',
    claims: `${claims}Connection: Upgrade\r\nUpgrade: websocket\r\n`
  },
  { lines: 'X_Forwarded_For: 6\r\nContent_Length: 6\r\nX_Mine: 7\r\n', becomes: 'X_Mine: 7\r\n' },
  {
    lines: 'X-Forwarded-For: 6\r\nx-forwarded-proto: https\r\nForwarded: for=6\r\nX-Real-IP: 6\r\nX-Request-Id: evil\r\nA: b\r\n',
    becomes: 'A: b\r\n'
  },
  {
    lines: 'X-Forwarded-For: 6, 7\r\nX-Forwarded-For: 8\r\nA: b\r\n',
    peer: trusted,
    becomes: 'A: b\r\n',
    claims: claims.replace('1.2.3.4', '6, 7, 8, 1.2.3.4')
  },
  {
    lines: 'x-forwarded-proto: https\r\nX-Real-IP: 6\r\nForwarded: for=6\r\n',
    peer: trusted,
    becomes: 'x-forwarded-proto: https\r\nX-Real-IP: 6\r\nForwarded: for=6\r\n',
    claims: claims.replace('X-Forwarded-Proto: http\r\n', '')
  },
  {
    lines: 'X-Forwarded-Port: 1\r\nX-Forwarded-Host: e\r\nConnection: X-Forwarded-Host\r\n',
    peer: trusted,
    becomes: 'X-Forwarded-Port: 1\r\nX-Forwarded-Host: e\r\n',
    claims: claims.replace(/X-Forwarded-(Port|Host).*\r\n/g, '')
  },
  { lines: 'Via: 1.0 a\r\nA: b\r\nvia: 1.1 c\r\n', becomes: 'A: b\r\n', claims: claims.replace('Via: ', 'Via: 1.0 a, 1.1 c, ') }
]

for (const { lines, becomes, peer = stranger, with: changed, claims: said = claims } of rewritten) {
  test(`${JSON.stringify(lines)} of ${peer.isTrusted ? 'a trusted peer' : 'a stranger'} becomes ${JSON.stringify(becomes)}`, () => {
    const written = headersToBackend(withLines(lines), peer, { ...hop, ...changed }, options)
    assert.equal(written, `GET /a HTTP/1.1\r\nHost: h\r\n${becomes}${said}\r\n`)
  })
}

test('a Host with odd blanks is written as one that nobody reads in two ways', () => {
  const written = headersToBackend(headOf('GET / HTTP/1.1\r\nhOst:\th \r\n\r\n'), stranger, hop, options)
  assert.ok(written.startsWith('GET / HTTP/1.1\r\nhOst: h\r\nX-Forwarded-For'), written)
})

test('a request of HTTP/1.0 without a host gets the one of its backend, and says nothing of another', () => {
  const written = headersToBackend(headOf('GET / HTTP/1.0\r\nA: b\r\n\r\n'), { ...stranger, localPort: undefined }, hop, options)
  assert.equal(
    written,
    'GET / HTTP/1.1\r\nHost: backend:1\r\nA: b\r\n' +
    'X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: http\r\nX-Request-Id: id-1\r\nVia: 1.0 evenkeel-x\r\n\r\n'
  )
})

test('the absolute form goes on as the path with its host', () => {
  const written = headersToBackend(headOf('GET http://a.example/x HTTP/1.1\r\nHost: h\r\n\r\n'), stranger, hop, options)
  assert.equal(written, `GET /x HTTP/1.1\r\nHost: a.example\r\n${claims.replace('Host: h', 'Host: a.example')}\r\n`)
})

test('a head that an owner has made of strings is written like one that came', () => {
  const head = { ...withLines(''), fields: Fields.from(['Host', 'h', 'X-Mine', '1', 'Connection', 'close']) }
  assert.equal(headersToBackend(head, stranger, hop, options), `GET /a HTTP/1.1\r\nHost: h\r\nX-Mine: 1\r\n${claims}\r\n`)
})

test('a request that has been here is known by Via', () => {
  assert.ok(isLoop(withLines('Via: 1.1 a, 1.1 evenkeel-x\r\n'), 'evenkeel-x'))
  assert.ok(isLoop(withLines('Via: 1.1 a\r\nvia: 1.1 evenkeel-x, 1.1 b\r\n'), 'evenkeel-x'))
  assert.ok(!isLoop(withLines('Via: 1.1 a\r\nX-Via: 1.1 evenkeel-x\r\n'), 'evenkeel-x'))
  assert.ok(!isLoop(withLines(''), 'evenkeel-x'))
})

const specialNames = [
  'Connection', 'Host', 'X-Forwarded-For', 'X-Forwarded-Proto', 'Forwarded', 'X_Forwarded_For', 'Via', 'TE', 'Upgrade', 'Keep-Alive',
  'Proxy', 'X-Request-Id', 'Content_Length', 'Trailer', 'Expect', 'Evenkeel-Explain', 'Date', 'Cookie'
]
const fieldName = fc.oneof(fc.constantFrom(...specialNames), fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,12}$/))
const fieldValue = fc.oneof(
  fc.stringMatching(/^[\t \x21-\x7e\x80-\xff]{0,12}$/),
  fc.constantFrom('close', 'x-a, host, via', 'trailers', 'TE, content-length, transfer-encoding')
)

const anyFields = fc.array(fc.tuple(fieldName, fieldValue), { maxLength: 12 })

test('whatever a stranger sends, the head that is written is one, and says what the gateway answers for', () => {
  fc.assert(fc.property(anyFields, fc.boolean(), (fields, isChunked) => {
    const framing = isChunked ? 'Transfer-Encoding: chunked' : 'Content-Length: 3'
    const lines = fields.map(([name, value]) => `${name}:${value}\r\n`).join('')
    const parser = new RequestParser()
    parser.readHead(Buffer.from(`POST /a HTTP/1.1\r\nHost: h\r\n${lines}${framing}\r\n\r\n`, 'latin1'), 0)
    const head = parser.request?.head ?? assert.fail('the head is not whole')
    if (head.isMalformed) return
    const written = Buffer.from(headersToBackend(head, stranger, { ...hop, isChunked }, options), 'latin1')
    const again = new RequestParser()
    assert.equal(again.readHead(written, 0), written.length)
    const sent = again.request ?? assert.fail('the head that is written is not whole')
    assert.deepEqual([sent.head.method, sent.head.target, sent.head.isMalformed], ['POST', '/a', false])
    assert.deepEqual([sent.body, sent.contentLength], isChunked ? ['stream', -1] : ['length', 3])
    assert.equal(sent.head.fields.get('x-forwarded-for'), '1.2.3.4')
    assert.equal(sent.head.fields.get('x-forwarded-proto'), 'http')
    assert.equal(sent.head.fields.get('x-request-id'), 'id-1')
    assert.match(sent.head.fields.get('via') ?? '', /1\.1 evenkeel-x$/)
    for (const name of ['forwarded', 'x_forwarded_for', 'content_length', 'keep-alive', 'upgrade', 'proxy', 'evenkeel-explain']) {
      assert.equal(sent.head.fields.get(name), undefined, name)
    }
  }))
})
