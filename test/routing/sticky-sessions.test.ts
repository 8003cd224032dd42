import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { answers, answersWith, startBackend } from '../helpers/backend.ts'
import { send, type Answer } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'

async function startSticky (t: TestContext, settings: Record<string, string> = {}) {
  const backends = await Promise.all(['a', 'b', 'c'].map((name) => startBackend(t, answers(name))))
  const gateway = await startGateway(t, {
    BACKENDS: backends.map(({ url }) => url).join(),
    STICKY_COOKIE: 'lb',
    STICKY_SECRET: 'secret-secret-secret',
    ...settings
  })
  return { backends, gateway }
}

function cookieOf ({ headers }: Answer): string {
  return headers['set-cookie']?.find((cookie) => cookie.startsWith('lb=')) ?? ''
}

test('a client stays with the backend that answered it first', async (t) => {
  const { gateway: { url } } = await startSticky(t)
  const first = await send(url)
  assert.match(cookieOf(first), /^lb=[\w-]{22}; Path=\/; HttpOnly; SameSite=Lax$/)
  const cookie = cookieOf(first).split(';')[0] as string
  for (let i = 0; i < 6; i++) {
    const answer = await send(url, { headers: { cookie: `x=1; ${cookie}` } })
    assert.equal(answer.body, first.body)
    assert.equal(cookieOf(answer), '')
  }
})

test('the cookie yields when its backend is out of rotation, and follows to the next one', async (t) => {
  const { gateway: { url, app } } = await startSticky(t)
  const first = await send(url)
  const cookie = cookieOf(first).split(';')[0] as string
  const backend = app.registry.backends().find((candidate) => candidate.latency.value(performance.now()) > 0)
  assert.ok(backend)
  app.registry.command(backend, 'draining', 'test')
  const second = await send(url, { headers: { cookie } })
  assert.notEqual(second.body, first.body)
  assert.notEqual(cookieOf(second), '')
})

test('a cookie that was made up is no choice of a backend', async (t) => {
  const { gateway: { url } } = await startSticky(t)
  const bodies = new Set<string>()
  for (let i = 0; i < 3; i++) bodies.add((await send(url, { headers: { cookie: 'lb=AAAAAAAAAAAAAAAAAAAAAA' } })).body)
  assert.equal(bodies.size, 3)
})

test('the same secret makes the same cookie, another one another', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const cookies = []
  for (const secret of ['x'.repeat(16), 'x'.repeat(16), 'y'.repeat(16), '']) {
    const { url } = await startGateway(t, { BACKENDS: backend.url, STICKY_COOKIE: 'lb', STICKY_SECRET: secret })
    cookies.push(cookieOf(await send(url)))
  }
  assert.equal(cookies[0], cookies[1])
  assert.equal(new Set(cookies).size, 3)
})

test('a client that came by TLS to a trusted peer gets a cookie for TLS', async (t) => {
  const { gateway: { url } } = await startSticky(t, { TRUST_PROXY: '127.0.0.1' })
  assert.match(cookieOf(await send(url, { headers: { 'x-forwarded-proto': 'https' } })), /; Secure$/)
})

test('the cookies of the backend stay', async (t) => {
  const backend = await startBackend(t, answersWith(200, { 'set-cookie': 'sid=1' }))
  const { url } = await startGateway(t, { BACKENDS: backend.url, STICKY_COOKIE: 'lb' })
  assert.equal((await send(url)).headers['set-cookie']?.length, 2)
})
