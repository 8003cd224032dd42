import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import type { ExchangeRecord } from '../../src/forwarding/exchange-record.ts'
import { NotableRequests } from '../../src/observe/notable-requests.ts'
import { answers, answersWith, startBackend } from '../helpers/backend.ts'
import { FakeClock } from '../helpers/clock.ts'
import { send } from '../helpers/client.ts'
import { startWithFile } from '../helpers/config-gateway.ts'
import { until } from '../helpers/until.ts'

const backend = { name: 'a' } as Backend
const attempt = { backend, reason: undefined, party: undefined, durationMs: 1 }

function record (changes: Partial<ExchangeRecord> = {}): ExchangeRecord {
  return {
    requestId: '1',
    service: 'default',
    route: undefined,
    method: 'GET',
    host: 'h',
    path: '/a?secret=1',
    version: '1.1',
    statusCode: 200,
    grpcStatus: undefined,
    client: '127.0.0.1',
    startedAt: 0,
    headAt: 5,
    endedAt: 10,
    attempts: [attempt],
    outcome: 'success',
    ...changes
  }
}

for (const [what, changes, kinds] of [
  ['answered well', {}, undefined],
  ['answered with 404', { statusCode: 404 }, undefined],
  ['answered with 503', { statusCode: 503 }, 'failed'],
  ['cut by its backend', { outcome: 'backend-failure' }, 'failed'],
  ['left by its client', { statusCode: undefined, outcome: 'client-abort' }, undefined],
  ['answered just within a second', { headAt: 999.9, endedAt: 60_000 }, undefined],
  ['answered after a second', { headAt: 1000, endedAt: 1001 }, 'slow'],
  ['left by its client after a second', { statusCode: undefined, outcome: 'client-abort', headAt: 0, endedAt: 1000 }, 'slow'],
  ['retried', { attempts: [{ ...attempt, reason: 'reset', party: 'backend' }, attempt] }, 'retried'],
  ['retried, slow and failed', { statusCode: 502, headAt: 0, endedAt: 2000, attempts: [attempt, attempt] }, 'failed,slow,retried']
] as const) {
  test(`a request that is ${what} is ${kinds ?? 'nothing to look at'}`, () => {
    const requests = new NotableRequests(new FakeClock())
    requests.onExchange(record(changes as Partial<ExchangeRecord>))
    assert.equal(requests.all()[0]?.kinds.join(), kinds)
    assert.doesNotMatch(JSON.stringify(requests.all()), /secret/)
  })
}

test('the last 200 are kept, and at most 20 a second are told', () => {
  const clock = new FakeClock()
  const requests = new NotableRequests(clock)
  const told: string[] = []
  requests.told.subscribe(({ requestId }) => { told.push(requestId) })
  for (let i = 0; i < 300; i++) requests.onExchange(record({ statusCode: 500, requestId: String(i) }))
  assert.deepEqual([requests.all().length, requests.all()[0]?.requestId, told.length], [200, '100', 20])
  clock.advance(1000)
  requests.onExchange(record({ statusCode: 500, requestId: 'next' }))
  assert.equal(told.at(-1), 'next')
})

test('two bursts on both sides of a full second are no more than one, and the next event says how many were left out', () => {
  const clock = new FakeClock()
  const requests = new NotableRequests(clock)
  const untold: number[] = []
  requests.told.subscribe((request) => { untold.push(request.untold) })
  const fail = (times: number) => { for (let i = 0; i < times; i++) requests.onExchange(record({ statusCode: 500 })) }
  clock.advance(1000 - clock.now() % 1000 - 50)
  fail(30)
  clock.advance(50)
  fail(30)
  assert.deepEqual(untold, [...Array<number>(20).fill(0), 10])
  clock.advance(50)
  fail(1)
  assert.equal(untold.at(-1), 29)
})

test('requests with the same id at the same time have numbers of their own', () => {
  const requests = new NotableRequests(new FakeClock())
  for (let i = 0; i < 2; i++) requests.onExchange(record({ statusCode: 500 }))
  assert.deepEqual(requests.all().map(({ requestId, number }) => [requestId, number]), [['1', 1], ['1', 2]])
})

test('they can be asked for by service and by kind', async (t) => {
  const [well, broken] = [await startBackend(t, answers('well')), await startBackend(t, answersWith(500))]
  const { app, url, adminUrl } = await startWithFile(t, `
services: { well: { backends: ["${well.url}"] }, broken: { backends: ["${broken.url}"] } }
routes: [{ service: well }, { name: broken, path: /broken, service: broken, retries: 0 }]
`)
  for (const path of ['/', '/broken/x?y=z']) await send(`${url}${path}`)
  await until('the requests to be over', () => app.forwarder.openExchanges === 0)
  const ask = async (query: string) => JSON.parse((await send(`${adminUrl}/api/requests${query}`)).body) as Array<Record<string, unknown>>
  const [request, ...others] = await ask('')
  assert.deepEqual(others, [])
  assert.deepEqual(
    [request?.['method'], request?.['path'], request?.['statusCode'], request?.['service'], request?.['route'], request?.['kinds']],
    ['GET', '/broken/x', 500, 'broken', 'broken', ['failed']]
  )
  const queries = ['?service=broken', '?service=well', '?kind=failed', '?kind=slow']
  const counts = await Promise.all(queries.map(async (query) => (await ask(query)).length))
  assert.deepEqual(counts, [1, 0, 1, 0])
  assert.equal((await send(`${adminUrl}/api/requests?kind=odd`)).status, 400)
})
