import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test, type TestContext } from 'node:test'
import { systemClock, type Clock } from '../../src/base/clock.ts'
import { answers, answersWith, diesMidBody, echoes, neverAnswers, startBackend } from '../helpers/backend.ts'
import { open, send } from '../helpers/client.ts'
import { FakeClock } from '../helpers/clock.ts'
import { startGateway } from '../helpers/gateway.ts'
import { memoryLog, type MemoryLog } from '../helpers/log.ts'
import { settled, until } from '../helpers/until.ts'

async function startLogged (t: TestContext, settings: Record<string, string>, clock: Clock = systemClock) {
  const log = memoryLog()
  return { log, ...await startGateway(t, settings, { logger: log.logger, clock }) }
}

/** The only line there is, once it is there. */
async function onlyLine (log: MemoryLog) {
  const line = await until('the line', () => log.lines('request')[0])
  await settled()
  assert.equal(log.lines('request').length, 1)
  const { method, path, statusCode = null, durationMs, backend, outcome, client } = line
  assert.equal(line.level, 30)
  assert.equal(typeof durationMs, 'number')
  assert.equal(client, '127.0.0.1')
  return { method, path, statusCode, backend, outcome }
}

test('a request that was answered', async (t) => {
  const backend = await startBackend(t, answersWith(201))
  const { url, log } = await startLogged(t, { BACKENDS: `${backend.url};name=a` })
  await send(`${url}/a/b`, { method: 'PUT' })
  assert.deepEqual(await onlyLine(log), { method: 'PUT', path: '/a/b', statusCode: 201, backend: 'a', outcome: 'success' })
})

test('the line has no query, which may hold secrets', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const { url, log } = await startLogged(t, { BACKENDS: backend.url })
  await send(`${url}/a?token=opensesame?x=/`)
  assert.equal((await onlyLine(log)).path, '/a')
  assert.doesNotMatch(log.text(), /opensesame/)
})

test('a request that no backend was there for', async (t) => {
  const { url, log } = await startLogged(t, {})
  await send(url)
  assert.deepEqual(await onlyLine(log), { method: 'GET', path: '/', statusCode: 503, backend: undefined, outcome: undefined })
})

test('a request that every backend refused, with its attempts', async (t) => {
  const [a, b] = [await startBackend(t, answers('a')), await startBackend(t, answers('b'))]
  const { url, log } = await startLogged(t, { BACKENDS: `${a.url};name=a,${b.url};name=b` })
  await a.die()
  await b.die()
  await send(url)
  const { backend, ...line } = await onlyLine(log)
  assert.deepEqual(line, { method: 'GET', path: '/', statusCode: 502, outcome: 'backend-failure' })
  const attempts = log.lines('request')[0]?.['attempts']
  assert.ok(Array.isArray(attempts))
  assert.deepEqual(new Set(attempts.map(({ backend }) => backend)), new Set(['a', 'b']))
})

test('a request that the second backend answered, with both attempts', async (t) => {
  const [gone, well] = [await startBackend(t, answers('gone')), await startBackend(t, answers('well'))]
  const { url, log } = await startLogged(t, { BACKENDS: `${gone.url};name=gone,${well.url};name=well` })
  await gone.die()
  await send(url)
  assert.deepEqual(await onlyLine(log), { method: 'GET', path: '/', statusCode: 200, backend: 'well', outcome: 'success' })
  const attempts = log.lines('request')[0]?.['attempts']
  assert.ok(Array.isArray(attempts))
  assert.deepEqual(attempts.map(({ backend }) => backend), ['gone', 'well'])
})

test('a request whose backend was too slow', async (t) => {
  const clock = new FakeClock()
  const backend = await startBackend(t, neverAnswers)
  const { url, log } = await startLogged(t, { BACKENDS: `${backend.url};name=a`, RESPONSE_TIMEOUT_MS: '1700' }, clock)
  const answer = send(url)
  await clock.letPass(1700)
  await answer
  assert.deepEqual(await onlyLine(log), { method: 'GET', path: '/', statusCode: 504, backend: 'a', outcome: 'backend-failure' })
})

test('a request whose backend died in the middle of the body', async (t) => {
  const backend = await startBackend(t, diesMidBody)
  const { url, log } = await startLogged(t, { BACKENDS: `${backend.url};name=a` })
  await assert.rejects(send(url))
  assert.deepEqual(await onlyLine(log), { method: 'GET', path: '/', statusCode: 200, backend: 'a', outcome: 'backend-failure' })
})

test('a request whose client left before the answer', async (t) => {
  const backend = await startBackend(t, neverAnswers)
  const { url, log } = await startLogged(t, { BACKENDS: `${backend.url};name=a` })
  const req = request(url, { agent: false }).on('error', () => {})
  req.end()
  await until('the request to arrive', () => backend.requests.length === 1)
  req.socket?.resetAndDestroy()
  assert.deepEqual(await onlyLine(log), { method: 'GET', path: '/', statusCode: null, backend: 'a', outcome: 'client-abort' })
})

test('a request whose client left while it waited for a backend', async (t) => {
  const backend = await startBackend(t, neverAnswers)
  const { url, log, app } = await startLogged(t, { BACKENDS: `${backend.url};name=a`, MAX_REQUESTS_PER_BACKEND: '1' })
  request(url, { agent: false }).on('error', () => {}).end()
  await until('the first request to arrive', () => backend.requests.length === 1)
  const waiting = request(`${url}/waiting`, { agent: false }).on('error', () => {})
  waiting.end()
  await until('the second one to wait', () => app.services.queued === 1)
  waiting.socket?.resetAndDestroy()
  assert.deepEqual(await onlyLine(log), { method: 'GET', path: '/waiting', statusCode: null, backend: undefined, outcome: 'client-abort' })
})

test('a request whose client left in the middle of the body', async (t) => {
  const backend = await startBackend(t, (_req, res) => { res.write('first') })
  const { url, log } = await startLogged(t, { BACKENDS: `${backend.url};name=a` })
  const response = await open(url)
  response.on('error', () => {})
  response.socket.resetAndDestroy()
  assert.deepEqual(await onlyLine(log), { method: 'GET', path: '/', statusCode: 200, backend: 'a', outcome: 'client-abort' })
})

test('a request whose client left in the middle of its own body', async (t) => {
  const backend = await startBackend(t, echoes)
  const { url, log } = await startLogged(t, { BACKENDS: `${backend.url};name=a` })
  const req = request(url, { method: 'POST', agent: false }).on('error', () => {})
  req.write('first')
  await until('the request to arrive', () => backend.requests.length === 1)
  req.socket?.resetAndDestroy()
  const { method, backend: name, outcome } = await onlyLine(log)
  assert.deepEqual({ method, name, outcome }, { method: 'POST', name: 'a', outcome: 'client-abort' })
})

test('many requests have as many lines', async (t) => {
  const backend = await startBackend(t, echoes)
  const { url, log } = await startLogged(t, { BACKENDS: backend.url })
  await Promise.all(Array.from({ length: 50 }, (_, i) => send(`${url}/${i}`, { method: 'POST', body: 'hello' })))
  await until('all lines', () => log.lines('request').length >= 50)
  await settled()
  assert.equal(new Set(log.lines('request').map(({ path }) => path)).size, 50)
  assert.equal(log.lines('request').length, 50)
})

test('with ACCESS_LOG=false there are no lines', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const { url, log, app } = await startLogged(t, { BACKENDS: backend.url, ACCESS_LOG: 'false' })
  await send(url)
  await app.drain()
  assert.equal(log.lines('request').length, 0)
  assert.match(log.text(), /drained/)
})

for (const [trust, client] of [['false', '127.0.0.1'], ['127.0.0.1', '203.0.113.9']] as const) {
  test(`with TRUST_PROXY=${trust} a peer that speaks for 203.0.113.9 is logged as ${client}`, async (t) => {
    const backend = await startBackend(t, answers('a'))
    const { url, log } = await startLogged(t, { BACKENDS: backend.url, TRUST_PROXY: trust })
    await send(url, { headers: { 'x-forwarded-for': '10.9.9.9, 203.0.113.9' } })
    assert.equal((await until('the line', () => log.lines('request')[0]))['client'], client)
  })
}
