import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBackend } from '../helpers/backend.ts'
import { startAnyGateway } from '../helpers/any-gateway.ts'
import { assertServes, attack, startTarget } from '../helpers/wire.ts'

const hidden = 'GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n'

function chunk (bytes: string): string {
  return `${bytes.length.toString(16)}\r\n${bytes}\r\n`
}

for (const method of ['DELETE', 'GET', 'OPTIONS', 'POST']) {
  test(`a request hidden in the chunked body of a ${method} stays a body`, async (t) => {
    const bodies: string[] = []
    const backend = await startBackend(t, (req, res) => {
      let body = ''
      req.on('data', (piece) => { body += String(piece) })
      req.on('end', () => {
        bodies.push(body)
        res.end('hello')
      })
    })
    const gateway = await startAnyGateway(t, { BACKENDS: backend.url })
    const received = await attack(
      gateway.port,
      `${method} /outer HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(hidden)}0\r\n\r\n`
    )
    assert.match(received, /^HTTP\/1\.1 200 /)
    assert.deepEqual(backend.requests.map((req) => req.url), ['/outer'])
    assert.deepEqual(bodies, [hidden])
    await assertServes(gateway)
  })
}

test('what follows a body is the next request, and is answered after it', async (t) => {
  const backend = await startBackend(t, (req, res) => { res.end(req.url) })
  const gateway = await startAnyGateway(t, { BACKENDS: backend.url })
  const received = await attack(gateway.port,
    'POST /first HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc' +
    'GET /second HTTP/1.1\r\nHost: h\r\n\r\n' +
    'GET /third HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
  assert.deepEqual(received.match(/\/first|\/second|\/third/g), ['/first', '/second', '/third'])
})

test('a client cannot say that a header of the gateway belongs to its connection', async (t) => {
  const { backend, gateway } = await startTarget(t)
  await attack(
    gateway.port,
    'POST / HTTP/1.1\r\nHost: h\r\nConnection: close, Host, Content-Length, X-Forwarded-For, Via, X-Request-Id, X-Mine\r\nX-Mine: 1\r\n' +
    'Content-Length: 3\r\n\r\nabc'
  )
  const headers = backend.requests[0]?.headers
  assert.equal(headers?.host, 'h')
  assert.equal(headers?.['content-length'], '3')
  assert.equal(headers?.['x-forwarded-for'], '127.0.0.1')
  assert.match(headers?.via ?? '', /^1\.1 evenkeel-/)
  assert.ok(headers?.['x-request-id'])
  assert.equal(headers?.['x-mine'], undefined)
})

test('Trailer fields that would change a message are dropped, others pass', async (t) => {
  const backend = await startBackend(t, (req, res) => {
    req.resume()
    req.on('end', () => { res.end(JSON.stringify(req.rawTrailers)) })
  })
  const gateway = await startAnyGateway(t, { BACKENDS: backend.url })
  const received = await attack(
    gateway.port,
    'POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\n' +
    'X-Sum: 7\r\nHost: evil\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n'
  )
  assert.ok(received.includes('["X-Sum","7"]'), received)
})

for (const place of ['a GET without a body', 'a request with a length']) {
  test(`Trailer in ${place} is dropped`, async (t) => {
    const { backend, gateway } = await startTarget(t)
    const body = place.includes('length') ? 'Content-Length: 3\r\n\r\nabc' : '\r\n'
    const received = await attack(gateway.port, `POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTrailer: X-Sum\r\n${body}`)
    assert.match(received, /^HTTP\/1\.1 200 /)
    assert.equal(backend.requests[0]?.headers.trailer, undefined)
  })
}

test('HTTP/1.0 gets an answer without chunks, and its connection closed', async (t) => {
  const backend = await startBackend(t, (_req, res) => {
    res.write('hel')
    res.end('lo')
  })
  const gateway = await startAnyGateway(t, { BACKENDS: backend.url })
  const received = await attack(gateway.port, 'GET / HTTP/1.0\r\n\r\n')
  assert.doesNotMatch(received, /chunked/i)
  assert.ok(received.endsWith('\r\n\r\nhello'), received)
})
