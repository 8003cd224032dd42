import { lookup } from 'node:dns'
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { Backend, type BackendSpec } from '../../src/backends/backend.ts'
import { systemClock } from '../../src/clock.ts'
import { createProbe, type ProbeOptions } from '../../src/health/probe.ts'
import { answersWith, refusedUrl, startBackend, startRawBackend, startUntrustedBackend, answers, neverAnswers } from '../helpers/backend.ts'
import { until } from '../helpers/until.ts'

const patientMs = 10_000

function check (url: string, options: Partial<ProbeOptions> = {}, signal = new AbortController().signal, spec: Pick<BackendSpec, 'check'> = {}) {
  const probe = createProbe({ path: '/check', timeoutMs: patientMs, status: { first: 200, last: 399 }, lookupFor: () => lookup, clock: systemClock, ...options })
  return probe(new Backend({ url: new URL(url), name: 'a', weight: 1, ...spec }), signal)
}

function says (bytes: string): (socket: Socket) => void {
  return (socket) => { socket.once('data', () => { socket.write(bytes) }) }
}

for (const [status, passed] of [[200, true], [204, true], [399, true], [400, false], [404, false], [503, false]] as const) {
  test(`status ${status} ${passed ? 'passes' : 'fails'} where 200-399 is asked for`, async (t) => {
    const backend = await startBackend(t, answersWith(status))
    assert.deepEqual(await check(backend.url), { passed, detail: `status ${status}` })
  })
}

test('a single status can be asked for', async (t) => {
  const backend = await startBackend(t, answersWith(204))
  assert.equal((await check(backend.url, { status: { first: 204, last: 204 } })).passed, true)
  assert.equal((await check(backend.url, { status: { first: 200, last: 200 } })).passed, false)
})

test('the check is a GET of the path that was set, and says who asks', async (t) => {
  const backend = await startBackend(t, answers('fine'))
  await check(backend.url, { path: '/check?deep=1' })
  const [request] = backend.requests
  assert.equal(`${request?.method} ${request?.url}`, 'GET /check?deep=1')
  assert.equal(request?.headers.host, new URL(backend.url).host)
  assert.equal(request?.headers['user-agent'], 'evenkeel-health-check')
})

test('a redirect is not followed', async (t) => {
  const backend = await startBackend(t, answersWith(302, { location: '/elsewhere' }))
  assert.deepEqual(await check(backend.url), { passed: true, detail: 'status 302' })
  assert.equal(backend.requests.length, 1)
})

test('a backend that accepts and says nothing fails when the time is over', async (t) => {
  const backend = await startBackend(t, neverAnswers)
  assert.deepEqual(await check(backend.url, { timeoutMs: 30 }), { passed: false, detail: 'no answer within 30 ms' })
})

test('a body that trickles without end fails when the time is over', async (t) => {
  const { url } = await startRawBackend(t, says('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab'))
  assert.deepEqual(await check(url, { timeoutMs: 30 }), { passed: false, detail: 'no answer within 30 ms' })
})

test('of a body that does not end only the beginning is read', async (t) => {
  let sentBytes = 0
  const backend = await startBackend(t, (_req, res) => {
    const piece = Buffer.alloc(16_384)
    function more (): void {
      while (!res.destroyed) {
        sentBytes += piece.length
        if (!res.write(piece)) return
      }
    }
    res.on('drain', more)
    more()
  })
  assert.deepEqual(await check(backend.url), { passed: true, detail: 'status 200' })
  await until('the connection to be closed', () => backend.requests[0]?.socket.destroyed)
  assert.ok(sentBytes < 50_000_000)
})

test('a refused connection fails', async () => {
  assert.deepEqual(await check(await refusedUrl()), { passed: false, detail: 'connection refused' })
})

test('what is not HTTP fails', async (t) => {
  const { url } = await startRawBackend(t, says('220 mail.example ESMTP\r\n'))
  assert.deepEqual(await check(url), { passed: false, detail: 'not HTTP' })
})

test('a connection that is cut fails', async (t) => {
  const { url } = await startRawBackend(t, (socket) => { socket.once('data', () => { socket.resetAndDestroy() }) })
  assert.deepEqual(await check(url), { passed: false, detail: 'connection reset' })
})

test('a body that is cut fails', async (t) => {
  const { url } = await startRawBackend(t, (socket) => {
    socket.once('data', () => { socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab') })
  })
  assert.equal((await check(url)).passed, false)
})

test('a certificate that nobody has signed fails', async (t) => {
  const backend = await startUntrustedBackend(t, answers('fine'))
  assert.deepEqual(await check(backend.url), { passed: false, detail: 'TLS handshake failed: DEPTH_ZERO_SELF_SIGNED_CERT' })
  assert.equal(backend.requests.length, 0)
})

test('every check has a connection of its own that is closed after it', async (t) => {
  const backend = await startBackend(t, answers('fine'))
  await check(backend.url)
  await check(backend.url)
  const sockets = backend.requests.map(({ socket }) => socket)
  assert.equal(new Set(sockets).size, 2)
  await until('the connections to be closed', () => sockets.every(({ destroyed }) => destroyed))
})

test('a check that runs ends with the gateway', async (t) => {
  const backend = await startBackend(t, neverAnswers)
  const gateway = new AbortController()
  const result = check(backend.url, {}, gateway.signal)
  await until('the check to arrive', () => backend.requests.length === 1)
  gateway.abort()
  assert.deepEqual(await result, { passed: false, detail: 'check ended with the gateway' })
})

test('a backend may have a path, a host and a status of its own', async (t) => {
  const backend = await startBackend(t, answersWith(204))
  const result = await check(backend.url, {}, undefined, { check: { path: '/ping', host: 'app.example', status: { first: 204, last: 204 } } })
  assert.deepEqual(result, { passed: true, detail: 'status 204' })
  assert.deepEqual([backend.requests[0]?.url, backend.requests[0]?.headers.host], ['/ping', 'app.example'])
})

test('a backend may be checked on another port', async (t) => {
  const backend = await startBackend(t, answers('traffic'))
  const health = await startBackend(t, answersWith(200))
  assert.equal((await check(backend.url, {}, undefined, { check: { port: health.port } })).passed, true)
  assert.equal(backend.requests.length, 0)
})

test('a tcp check asks for no more than a connection', async (t) => {
  let received = ''
  const { url } = await startRawBackend(t, (socket) => { socket.on('data', (bytes) => { received += String(bytes) }) })
  assert.deepEqual(await check(url, {}, undefined, { check: { type: 'tcp' } }), { passed: true, detail: 'connected' })
  assert.deepEqual(await check(await refusedUrl(), {}, undefined, { check: { type: 'tcp' } }), { passed: false, detail: 'connection refused' })
  assert.equal(received, '')
})
