import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test, type TestContext } from 'node:test'
import { answers, startBackend, startRawBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { isRunning, spawnServer } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'

/** A server with a request in flight, whose answer the test gives. */
async function spawnBusy (t: TestContext) {
  let held: ServerResponse | undefined
  const backend = await startBackend(t, (_req, res) => { held = res })
  const server = spawnServer(t, { BACKENDS: backend.url })
  const answer = send(await server.url())
  answer.catch(() => {})
  const response = await until('the request to arrive', () => held)
  return { server, answer, finish: () => { response.end('finished') } }
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`${signal}: the request in flight is answered, then the exit code is 0`, async (t) => {
    const { server, answer, finish } = await spawnBusy(t)
    server.kill(signal)
    await server.line(/^draining$/)
    const { status, body } = await send(`${await server.adminUrl()}/readyz`)
    assert.deepEqual([status, JSON.parse(body).status], [503, 'draining'])
    finish()
    assert.equal((await answer).body, 'finished')
    assert.deepEqual(await server.exited, { code: 0, signal: null })
    assert.equal(server.stderr(), '')
  })
}

for (const [first, second, code] of [['SIGTERM', 'SIGTERM', 143], ['SIGINT', 'SIGINT', 130], ['SIGTERM', 'SIGINT', 130]] as const) {
  test(`${second} after ${first}: it ends at once with exit code ${code}, request in flight or not`, async (t) => {
    const { server } = await spawnBusy(t)
    server.kill(first)
    await server.line(/^draining$/)
    let hasEnded = false
    void server.exited.then(() => { hasEnded = true })
    // Within the first moment the same signal counts as one, since npm passes on what the terminal has sent already.
    await until('the end', () => {
      if (!hasEnded) server.kill(second)
      return hasEnded
    })
    assert.deepEqual(await server.exited, { code, signal: null })
  })
}

test('SIGINT: the exit code is 0 and no demo backend is left', async (t) => {
  const server = spawnServer(t, {})
  await server.url()
  const pids = server.lines().flatMap(({ msg }) => /^demo backend .* pid (\d+)$/.exec(msg)?.[1] ?? []).map(Number)
  assert.equal(pids.length, 3)
  assert.deepEqual(pids.filter(isRunning), pids)
  server.kill('SIGINT')
  assert.deepEqual(await server.exited, { code: 0, signal: null })
  await until('the demo backends to end', () => !pids.some(isRunning))
})

test('SIGTERM while the first checks run: the exit code is 0', async (t) => {
  const silent = await startRawBackend(t, () => {})
  const server = spawnServer(t, { BACKENDS: silent.url, HEALTH_CHECK_TIMEOUT_MS: '60000' })
  await until('the check to arrive', () => silent.sockets.length === 1)
  server.kill('SIGTERM')
  assert.deepEqual(await server.exited, { code: 0, signal: null })
})

test('a log that nobody reads holds neither requests nor the end', async (t) => {
  const backend = await startBackend(t, answers('fine'))
  const server = spawnServer(t, { BACKENDS: backend.url })
  const url = await server.url()
  server.stopReading()
  const longPath = `/${'x'.repeat(15_000)}`
  for (let i = 0; i < 100; i++) assert.equal((await send(url, { path: longPath })).status, 200)
  server.kill('SIGTERM')
  await until('the server to end', () => !isRunning(server.pid))
})

test('the same signal twice at once, as npm sends it, is one: the request in flight is answered', async (t) => {
  const { server, answer, finish } = await spawnBusy(t)
  // So many that some arrive while the first is dealt with.
  for (let i = 0; i < 200; i++) server.kill('SIGINT')
  await server.line(/^draining$/)
  finish()
  assert.equal((await answer).body, 'finished')
  assert.deepEqual(await server.exited, { code: 0, signal: null })
})
