import assert from 'node:assert/strict'
import { request, type ServerResponse } from 'node:http'
import { test, type TestContext } from 'node:test'
import type { AppOptions } from '../../src/app.ts'
import { startBackend } from '../helpers/backend.ts'
import { open, send } from '../helpers/client.ts'
import { FakeClock } from '../helpers/clock.ts'
import { startGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'

/** A gateway whose one backend takes one request at a time and answers when it is told to. */
async function startNarrow (t: TestContext, settings: Record<string, string> = {}, options: Partial<AppOptions> = {}) {
  const held: ServerResponse[] = []
  const backend = await startBackend(t, (_req, res) => { held.push(res) })
  const gateway = await startGateway(t, { BACKENDS: backend.url, MAX_REQUESTS_PER_BACKEND: '1', ...settings }, options)
  return { backend, gateway, held }
}

test('requests beyond MAX_REQUESTS_PER_BACKEND wait for their turn', async (t) => {
  const { backend, gateway: { url }, held } = await startNarrow(t)
  const answers = ['/1', '/2', '/3'].map((path) => send(`${url}${path}`))
  for (let i = 0; i < 3; i++) {
    await until('the next request', () => held.length === i + 1)
    held[i]?.end(`answer ${i + 1}`)
  }
  assert.equal(backend.requests.length, 3)
  assert.deepEqual((await Promise.all(answers)).map(({ status }) => status), [200, 200, 200])
})

test('beyond QUEUE_SIZE the answer is 503 at once, with Retry-After', async (t) => {
  const { backend, gateway: { url }, held } = await startNarrow(t, { QUEUE_SIZE: '0' })
  const first = send(url)
  await until('the first request', () => held.length === 1)
  const second = await send(url)
  assert.deepEqual([second.status, second.headers['retry-after']], [503, '1'])
  assert.match(second.body, /EVENKEEL_OVERLOADED/)
  assert.equal(backend.requests.length, 1)
  held[0]?.end()
  assert.equal((await first).status, 200)
})

test('after QUEUE_TIMEOUT_MS the answer is 503', async (t) => {
  const clock = new FakeClock()
  const { gateway: { url, app }, held } = await startNarrow(t, { QUEUE_TIMEOUT_MS: '1000' }, { clock })
  const first = send(url)
  await until('the first request', () => held.length === 1)
  const second = send(url)
  await until('the second request to wait', () => app.services.queued === 1)
  clock.advance(999)
  assert.equal(app.services.queued, 1)
  clock.advance(1)
  assert.equal((await second).status, 503)
  held[0]?.end()
  await first
})

test('a client that leaves gives up its place', async (t) => {
  const { backend, gateway: { url, app }, held } = await startNarrow(t)
  const first = send(url)
  await until('the first request', () => held.length === 1)
  const leaving = request(`${url}/gone`, { agent: false }).on('error', () => {})
  leaving.end()
  await until('it to wait', () => app.services.queued === 1)
  const last = send(`${url}/last`)
  await until('the last request to wait', () => app.services.queued === 2)
  leaving.socket?.resetAndDestroy()
  await until('its place to be free', () => app.services.queued === 1)
  held[0]?.end()
  await until('the last request', () => held.length === 2)
  held[1]?.end()
  await Promise.all([first, last])
  assert.deepEqual(backend.requests.map(({ url: path }) => path), ['/', '/last'])
})

test('a retry that waits for a full backend holds up no request that another one can answer', async (t) => {
  const polls: ServerResponse[] = []
  const a = await startBackend(t, (req, res) => {
    if (req.url === '/cut') res.socket?.destroy()
    else res.end('a')
  })
  const b = await startBackend(t, (req, res) => {
    if (req.url === '/poll') polls.push(res)
    else res.end('b')
  })
  const { url, app } = await startGateway(t, { BACKENDS: `${a.url},${b.url}`, MAX_REQUESTS_PER_BACKEND: '2' })
  let sent = 0
  while (polls.length < 2) {
    const before = polls.length
    let isAnswered = false
    send(`${url}/poll`).then(() => { isAnswered = true }, () => {})
    await until(`poll ${++sent} to arrive`, () => isAnswered || polls.length > before)
  }
  const retried = open(`${url}/cut`)
  await until('the retry to wait', () => app.services.queued === 1)

  const bodies = await Promise.all(Array.from({ length: 120 }, async (_, i) => (await send(`${url}/${i}`)).body))
  assert.deepEqual(new Set(bodies), new Set(['a']))
  assert.equal(app.services.queued, 1)
  polls[0]?.end()
  assert.equal((await retried).statusCode, 200)
  polls[1]?.end()
})

test('an upload that waits is whole when its turn comes', async (t) => {
  const { backend, gateway: { url }, held } = await startNarrow(t)
  const first = send(url)
  await until('the first request', () => held.length === 1)
  const upload = send(url, { method: 'POST', body: 'x'.repeat(100_000) })
  held[0]?.end()
  await until('the upload', () => held.length === 2)
  let bytes = 0
  backend.requests[1]?.on('data', (piece: Buffer) => { bytes += piece.length })
  await until('all of it', () => bytes === 100_000)
  held[1]?.end()
  assert.equal((await upload).status, 200)
  assert.equal((await first).status, 200)
})
