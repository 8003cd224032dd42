import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { answers, startBackend } from '../helpers/backend.ts'
import { open, send } from '../helpers/client.ts'
import { FakeClock } from '../helpers/clock.ts'
import { backendsOf, startGateway } from '../helpers/gateway.ts'

/** A gateway before two backends, of which the first has just been ejected for 10 s: it cuts `/cut`, and streams everything else. */
async function startEjected (t: TestContext, settings: Record<string, string> = {}) {
  const clock = new FakeClock()
  const a = await startBackend(t, (req, res) => {
    if (req.url === '/cut') res.socket?.destroy()
    else res.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: a\n\n')
  })
  const b = await startBackend(t, answers('b'))
  const gateway = await startGateway(t, { BACKENDS: `${a.url},${b.url}`, OUTLIER_FAILURES: '1', ...settings }, { clock })
  assert.equal((await send(`${gateway.url}/cut`)).body, 'b')
  const backend = backendsOf(gateway)[0]
  assert.equal(backend?.state, 'ejected')
  return { ...gateway, clock, backend }
}

test('a stream that probes a backend brings it back with its head', async (t) => {
  const { url, clock, backend } = await startEjected(t)
  clock.advance(10_000)
  const stream = await open(`${url}/events`)
  assert.equal(stream.headers['content-type'], 'text/event-stream')
  assert.equal(backend?.state, 'healthy')
  stream.destroy()
})

test('where all clients are bound to other backends an ejected one returns by itself', async (t) => {
  const { url, clock, backend } = await startEjected(t, { STICKY_COOKIE: 'lb' })
  const cookie = (await send(url)).headers['set-cookie']?.[0]?.split(';')[0] ?? ''
  for (let seconds = 0; seconds < 11; seconds++) {
    clock.advance(1000)
    assert.equal((await send(url, { headers: { cookie } })).body, 'b')
  }
  assert.equal(backend?.state, 'healthy')
  assert.equal((await send(url, { headers: { cookie } })).body, 'b')
})
