import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startByteBackend, startByteClient } from '../helpers/bytes.ts'
import { startGateway } from '../helpers/gateway.ts'

const chunked = 'TE: trailers\r\nTrailer: X-Sum, x-latin1\r\nTransfer-Encoding: chunked\r\n\r\n'
const trailers = 'X-Sum: 7\r\nx-latin1: caf\xe9\r\nX-SUM: 8\r\n\r\n'
/** Of a request Node itself refuses those of framing. */
const framing = 'Content-Length: 3\r\nTransfer-Encoding: gzip\r\n'
const forbidden = 'Host: evil\r\nX-Forwarded-For: 6.6.6.6\r\nSet-Cookie: a=1\r\nConnection: close\r\n'

test('trailers of a chunked request reach the backend, but for those that would change it', async (t) => {
  const backend = await startByteBackend(t, async (end) => {
    await end.hears('\r\n0\r\n')
    end.say('HTTP/1.1 204 No Content\r\n\r\n')
  })
  const { port } = await startGateway(t, { BACKENDS: backend.url })
  const client = await startByteClient(t, port, `POST / HTTP/1.1\r\nHost: h\r\n${chunked}3\r\nabc\r\n0\r\n${forbidden}${trailers}`)
  await client.hears('204')
  const heard = backend.connections[0]?.heard() ?? ''
  assert.match(heard, /^Trailer: X-Sum, x-latin1\r$/m)
  assert.ok(heard.endsWith(`\r\n\r\n3\r\nabc\r\n0\r\n${trailers}`), heard)
})

for (const [what, last] of [['in one piece', ''], ['in two pieces', `0\r\n${framing}${forbidden}${trailers}`]] as const) {
  test(`trailers of a chunked response ${what} reach the client, but for those that would change it`, async (t) => {
    const first = `HTTP/1.1 200 OK\r\n${chunked}3\r\nabc\r\n`
    const backend = await startByteBackend(t, (end) => { end.say(last === '' ? `${first}0\r\n${framing}${forbidden}${trailers}` : first) })
    const { port } = await startGateway(t, { BACKENDS: backend.url })
    const client = await startByteClient(t, port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')
    await client.hears('abc')
    backend.connections[0]?.say(last)
    const heard = await client.hears('X-SUM')
    assert.match(heard, /^Trailer: X-Sum, x-latin1\r$/m)
    assert.ok(heard.endsWith(`\r\n\r\n3\r\nabc\r\n0\r\n${trailers}`), heard)
  })
}

/** Where a response can have no trailers, it has no `Trailer` either, and the client's next bytes are its own. */
const without = {
  'a client of HTTP/1.0': {
    request: 'GET / HTTP/1.0\r\n',
    response: `200 OK\r\n${chunked}3\r\nabc\r\n0\r\n${trailers}`,
    end: '\r\n\r\nabc'
  },
  'a HEAD': { request: 'HEAD / HTTP/1.1\r\n', response: `200 OK\r\n${chunked}`, end: '\r\n\r\n' },
  'a 304': { request: 'GET / HTTP/1.1\r\n', response: '304 Not Modified\r\nTrailer: X-Sum\r\n\r\n', end: '\r\n\r\n' },
  'a response with Content-Length': {
    request: 'GET / HTTP/1.1\r\n',
    response: '200 OK\r\nTrailer: X-Sum\r\nContent-Length: 3\r\n\r\nabc',
    end: '\r\n\r\nabc'
  }
}

for (const [what, { request, response, end }] of Object.entries(without)) {
  test(`${what} gets no trailers`, async (t) => {
    const backend = await startByteBackend(t, (end) => { end.say(`HTTP/1.1 ${response}`) })
    const { port } = await startGateway(t, { BACKENDS: backend.url })
    const client = await startByteClient(t, port, `${request}Host: h\r\nConnection: close\r\nTE: trailers\r\n\r\n`)
    const heard = await client.hearsTheEnd()
    assert.doesNotMatch(heard, /trailer|x-sum/i)
    assert.ok(heard.endsWith(end), heard)
  })
}
