import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, startBackend, startRawBackend, startUntrustedBackend } from '../helpers/backend.ts'
import { send, type Answer } from '../helpers/client.ts'
import { backendsOf, startGateway } from '../helpers/gateway.ts'
import { passes } from '../helpers/service.ts'

function assertIsBackendFailed (answer: Answer): void {
  assert.equal(answer.status, 502)
  assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  assert.deepEqual(JSON.parse(answer.body), {
    statusCode: 502,
    code: 'EVENKEEL_BACKEND_FAILED',
    error: 'Bad Gateway',
    message: 'Every attempt to reach a backend failed'
  })
  assert.doesNotMatch(JSON.stringify(answer), /127\.0\.0\.1|ECONN|localhost|\.[jt]s\b/)
}

test('when every backend refuses the answer is 502 and tells nothing of the inside', async (t) => {
  const backends = [await startBackend(t, answers('a')), await startBackend(t, answers('b'))]
  const { url, app } = await startGateway(t, { BACKENDS: backends.map(({ url }) => url).join() })
  for (const backend of backends) await backend.die()
  assertIsBackendFailed(await send(url))
  assertIsBackendFailed(await send(url, { method: 'POST', body: 'hello' }))
  assert.deepEqual(backendsOf({ app }).map(({ inFlight }) => inFlight), [0, 0])
})

for (const [what, bytes] of [['what is not HTTP', '220 mail.example ESMTP\r\n\r\n'], ['nothing and closes the connection', '']] as const) {
  test(`a backend that answers a POST with ${what} makes it 502, and gets it once`, async (t) => {
    let requests = 0
    const { url: backendUrl } = await startRawBackend(t, (socket) => {
      socket.once('data', (head) => {
        const isCheck = head.toString().startsWith('GET /health ')
        if (!isCheck) requests++
        socket.end(isCheck ? 'HTTP/1.1 204 No Content\r\n\r\n' : bytes)
      })
    })
    const { url } = await startGateway(t, { BACKENDS: backendUrl })
    assertIsBackendFailed(await send(url, { method: 'POST', headers: { 'content-length': '5' }, body: 'hello' }))
    assert.equal(requests, 1)
  })
}

test('a backend whose certificate nobody has signed is not in rotation', async (t) => {
  const backend = await startUntrustedBackend(t, answers('a'))
  const { url, app } = await startGateway(t, { BACKENDS: backend.url })
  assert.equal(backendsOf({ app })[0]?.lastCheck?.detail, 'TLS handshake failed: DEPTH_ZERO_SELF_SIGNED_CERT')
  assert.equal((await send(url)).status, 503)
  assert.equal(backend.checks.length, 0)
})

test('even if it were in rotation, it would get no request', async (t) => {
  const backend = await startUntrustedBackend(t, answers('a'))
  const { url, app } = await startGateway(t, { BACKENDS: backend.url, HEALTH_CHECK_RISE: '1' })
  passes(app.services.default, ...backendsOf({ app }))
  assertIsBackendFailed(await send(url))
  assert.equal(backend.requests.length, 0)
})
