import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answersWith, refusedUrl, startBackend, startRawBackend, startUntrustedBackend, answers, neverAnswers } from '../helpers/backend.ts'
import { backendAt, check, createRunner, says } from '../helpers/check-runner.ts'
import { FakeClock } from '../helpers/clock.ts'
import { faultyClock } from '../helpers/faulty-clock.ts'
import { until } from '../helpers/until.ts'

for (const [status, passed] of [[200, true], [204, true], [399, true], [400, false], [404, false], [503, false]] as const) {
  test(`status ${status} ${passed ? 'passes' : 'fails'} where 200-399 is asked for`, async (t) => {
    const backend = await startBackend(t, answersWith(status))
    assert.deepEqual(await check(t, backend.url), { passed, detail: `status ${status}` })
  })
}

test('a single status can be asked for', async (t) => {
  const backend = await startBackend(t, answersWith(204))
  assert.equal((await check(t, backend.url, { status: { first: 204, last: 204 } })).passed, true)
  assert.equal((await check(t, backend.url, { status: { first: 200, last: 200 } })).passed, false)
})

test('the check is a GET of the path that was set, and says who asks', async (t) => {
  const backend = await startBackend(t, answers('fine'))
  await check(t, backend.url, { path: '/check?deep=1' })
  const [request] = backend.requests
  assert.equal(`${request?.method} ${request?.url}`, 'GET /check?deep=1')
  assert.equal(request?.headers.host, new URL(backend.url).host)
  assert.equal(request?.headers['user-agent'], 'evenkeel-health-check')
})

test('a redirect is not followed', async (t) => {
  const backend = await startBackend(t, answersWith(302, { location: '/elsewhere' }))
  assert.deepEqual(await check(t, backend.url), { passed: true, detail: 'status 302' })
  assert.equal(backend.requests.length, 1)
})

test('a backend that accepts and says nothing fails when the time is over', async (t) => {
  const backend = await startBackend(t, neverAnswers)
  assert.deepEqual(await check(t, backend.url, { timeoutMs: 30 }), { passed: false, detail: 'no response within 30 ms' })
})

test('the head of the answer decides: a body that trickles is not waited for, and is cut when the time is over', async (t) => {
  const clock = new FakeClock()
  const { url, sockets } = await startRawBackend(t, says('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab'))
  assert.deepEqual(await check(t, url, { timeoutMs: 1000, clock }), { passed: true, detail: 'status 200' })
  assert.equal(sockets[0]?.destroyed, false)
  clock.advance(1000)
  await until('the connection to be closed', () => sockets[0]?.destroyed)
})

test('a head that says 503 fails at once, whatever its body does', async (t) => {
  const { url } = await startRawBackend(t, says('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 10\r\n\r\nab'))
  assert.deepEqual(await check(t, url, { clock: new FakeClock() }), { passed: false, detail: 'status 503' })
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
  assert.deepEqual(await check(t, backend.url), { passed: true, detail: 'status 200' })
  await until('the connection to be closed', () => backend.requests[0]?.socket.destroyed)
  assert.ok(sentBytes < 50_000_000)
})

test('a refused connection fails', async (t) => {
  assert.deepEqual(await check(t, await refusedUrl()), { passed: false, detail: 'connection refused' })
})

test('what is not HTTP fails', async (t) => {
  const { url } = await startRawBackend(t, says('220 mail.example ESMTP\r\n'))
  assert.deepEqual(await check(t, url), { passed: false, detail: 'not HTTP' })
})

test('a connection that is cut fails', async (t) => {
  const { url } = await startRawBackend(t, (socket) => { socket.once('data', () => { socket.resetAndDestroy() }) })
  assert.deepEqual(await check(t, url), { passed: false, detail: 'connection reset' })
})

test('a body that is cut after the head changes nothing', async (t) => {
  const { url } = await startRawBackend(t, (socket) => {
    socket.once('data', () => { socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab') })
  })
  assert.deepEqual(await check(t, url), { passed: true, detail: 'status 200' })
})

test('a head that is cut fails', async (t) => {
  const { url } = await startRawBackend(t, (socket) => { socket.once('data', () => { socket.end('HTTP/1.1 200 OK\r\nContent-') }) })
  assert.deepEqual(await check(t, url), { passed: false, detail: 'connection closed' })
})

test('a certificate that nobody has signed fails', async (t) => {
  const backend = await startUntrustedBackend(t, answers('fine'))
  assert.deepEqual(await check(t, backend.url), { passed: false, detail: 'TLS handshake failed: DEPTH_ZERO_SELF_SIGNED_CERT' })
  assert.equal(backend.requests.length, 0)
})

test('a backend may have a path, a host and a status of its own', async (t) => {
  const backend = await startBackend(t, answersWith(204))
  const result = await check(t, backend.url, {}, { healthCheck: { path: '/ping', host: 'app.example', status: { first: 204, last: 204 } } })
  assert.deepEqual(result, { passed: true, detail: 'status 204' })
  assert.deepEqual([backend.requests[0]?.url, backend.requests[0]?.headers.host], ['/ping', 'app.example'])
})

test('a backend may be checked on another port', async (t) => {
  const backend = await startBackend(t, answers('traffic'))
  const health = await startBackend(t, answersWith(200))
  assert.equal((await check(t, backend.url, {}, { healthCheck: { port: health.port } })).passed, true)
  assert.equal(backend.requests.length, 0)
})

test('a tcp check asks for no more than a connection', async (t) => {
  let received = ''
  const { url } = await startRawBackend(t, (socket) => { socket.on('data', (bytes) => { received += String(bytes) }) })
  assert.deepEqual(await check(t, url, {}, { healthCheck: { type: 'tcp' } }), { passed: true, detail: 'connected' })
  assert.deepEqual(await check(t, await refusedUrl(), {}, { healthCheck: { type: 'tcp' } }), {
    passed: false,
    detail: 'connection refused'
  })
  assert.equal(received, '')
})

for (const method of ['new Check', 'Check.onConnected']) {
  test(`a fault of the gateway in ${method} is told, and says nothing of the backend`, async (t) => {
    const clock = faultyClock()
    const backend = await startBackend(t, answers('hello'))
    const thrown: unknown[] = []
    const runner = createRunner(t, { clock, onThrown: (error) => { thrown.push(error) } })
    clock.breakIn(method)
    const result = await runner.run(backendAt(backend.url), true)
    assert.deepEqual(result, { passed: false, detail: 'the check failed in the gateway', isInconclusive: true })
    assert.match(String(thrown), /injected/)
    assert.equal((await runner.run(backendAt(backend.url), true)).passed, true)
  })
}
