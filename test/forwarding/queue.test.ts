import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test, type TestContext } from 'node:test'
import type { AppOptions } from '../../src/app.ts'
import { startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
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
  const { gateway: { url }, held } = await startNarrow(t, { QUEUE_TIMEOUT_MS: '1700' }, { clock })
  const first = send(url)
  await until('the first request', () => held.length === 1)
  const second = send(url)
  await clock.letPass(1700)
  assert.equal((await second).status, 503)
  held[0]?.end()
  await first
})

test('a client that leaves gives up its place', async (t) => {
  const { backend, gateway: { url }, held } = await startNarrow(t)
  const first = send(url)
  await until('the first request', () => held.length === 1)
  const gone = new AbortController()
  const leaving = fetch(`${url}/gone`, { signal: gone.signal }).catch(() => 'left')
  const last = send(`${url}/last`)
  gone.abort()
  assert.equal(await leaving, 'left')
  held[0]?.end()
  await until('the last request', () => held.length >= 2)
  for (const res of held) res.end()
  await Promise.all([first, last])
  await until('the paths', () => backend.requests.some(({ url: path }) => path === '/last'))
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
