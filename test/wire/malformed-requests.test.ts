import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../helpers/until.ts'
import { assertRefused, assertServes, attack, openClient, startTarget } from '../helpers/wire.ts'

/** What no backend must ever see, with the status that its sender gets. */
const malformed: Record<string, { bytes: string; status?: number }> = {
  'Content-Length together with Transfer-Encoding': {
    bytes: 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
  },
  'two lengths that differ': { bytes: 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd' },
  'two lengths in one line': { bytes: 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 4\r\n\r\nabcd' },
  'a length with a sign': { bytes: 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\nabcde' },
  'a negative length': { bytes: 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -5\r\n\r\nabcde' },
  'a length that overflows': { bytes: 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\nabc' },
  'the greatest length that 64 bits hold': { bytes: 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551615\r\n\r\nabc' },
  'a length of 2^53': { bytes: 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9007199254740992\r\n\r\nabc' },
  'a length of 2^53 with zeros before it': { bytes: 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0009007199254740992\r\n\r\nabc' },
  'chunked that is not the last coding': { bytes: 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n' },
  'chunked twice': { bytes: 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n' },
  'another coding before chunked': { bytes: 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n' },
  'an unknown coding': { bytes: 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n' },
  'HTTP/1.0 with Transfer-Encoding': { bytes: 'POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' },
  'a space before the colon': { bytes: 'GET / HTTP/1.1\r\nHost : h\r\n\r\n' },
  'a folded line': { bytes: 'GET / HTTP/1.1\r\nHost: h\r\nX-A: b\r\n c\r\n\r\n' },
  'NUL in a value': { bytes: 'GET / HTTP/1.1\r\nHost: h\r\nX-A: b\0c\r\n\r\n' },
  'CR alone in a value': { bytes: 'GET / HTTP/1.1\r\nHost: h\r\nX-A: b\rX-B: c\r\n\r\n' },
  'a name that is no token': { bytes: 'GET / HTTP/1.1\r\nHost: h\r\nX(A): b\r\n\r\n' },
  'a line without a colon': { bytes: 'GET / HTTP/1.1\r\nHost: h\r\nnonsense\r\n\r\n' },
  'two Hosts': { bytes: 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n' },
  'no Host': { bytes: 'GET / HTTP/1.1\r\nX-A: b\r\n\r\n' },
  'a line of 64 KiB': { bytes: `GET / HTTP/1.1\r\nHost: h\r\nX-A: ${'a'.repeat(65_536)}\r\n\r\n`, status: 431 },
  'a path of 64 KiB': { bytes: `GET /${'a'.repeat(65_536)} HTTP/1.1\r\nHost: h\r\n\r\n`, status: 431 },
  'a megabyte of header': { bytes: `GET / HTTP/1.1\r\nHost: h\r\n${`X-A: ${'a'.repeat(1000)}\r\n`.repeat(1000)}\r\n`, status: 431 },
  'ten thousand headers': { bytes: `GET / HTTP/1.1\r\nHost: h\r\n${'X-A: b\r\n'.repeat(10_000)}\r\n`, status: 431 },
  'a TLS hello': { bytes: '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03' },
  'HTTP/0.9': { bytes: 'GET /\r\n\r\n' },
  'HTTP/3.0': { bytes: 'GET / HTTP/3.0\r\nHost: h\r\n\r\n' },
  'a method that is none': { bytes: 'G@T / HTTP/1.1\r\nHost: h\r\n\r\n' },
  'a space in the path': { bytes: 'GET /a b HTTP/1.1\r\nHost: h\r\n\r\n' },
  garbage: { bytes: '\x00\xff\xfe\x01'.repeat(100) },
  CONNECT: { bytes: 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n', status: 405 }
}

for (const [name, { bytes, status = 400 }] of Object.entries(malformed)) {
  test(`${name} is refused, and no backend sees it`, async (t) => {
    const { backend, gateway } = await startTarget(t)
    assertRefused(await attack(gateway.port, bytes), status, backend)
    assert.equal(backend.requests.length, 0)
    await assertServes(gateway)
  })
}

test('a length of 2^53 - 1 is one', async (t) => {
  const { backend, gateway } = await startTarget(t)
  const client = await openClient(t, gateway.port)
  client.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9007199254740991\r\n\r\nabc')
  await until('the backend to get the request', () => backend.requests.length === 1)
  assert.equal(backend.requests[0]?.headers['content-length'], '9007199254740991')
})

/** The head is well-formed and goes on, but no backend must take what follows for a whole body. */
const brokenBodies: Record<string, string> = {
  'a chunk size that overflows': 'fffffffffffffffff\r\nabc\r\n0\r\n\r\n',
  'a chunk size that is no number': 'xyz\r\nabc\r\n0\r\n\r\n',
  'a chunk size with a sign': '-1\r\nabc\r\n0\r\n\r\n',
  'a chunk that is longer than its size': '3\r\nabcdef\r\n0\r\n\r\n',
  'a chunk line that ends with LF alone': '3\nabc\r\n0\r\n\r\n'
}

for (const [name, body] of Object.entries(brokenBodies)) {
  test(`${name} ends the connection, and the backend sees no whole request`, async (t) => {
    const { backend, gateway } = await startTarget(t)
    backend.server.removeAllListeners('request')
    let wholeRequests = 0
    backend.server.on('request', (req, res) => {
      req.on('end', () => {
        wholeRequests++
        res.end('hello')
      })
      req.on('error', () => {})
      req.resume()
    })
    const received = await attack(gateway.port, `POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n${body}`)
    if (received !== '') assertRefused(received, 400, backend)
    assert.equal(wholeRequests, 0)
    await assertServes(gateway)
  })
}
