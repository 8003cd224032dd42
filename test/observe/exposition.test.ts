import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import { answers, answersWith, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'
import { fails, passes } from '../helpers/registry.ts'
import { until } from '../helpers/until.ts'

/** The samples at `/metrics`, by their name with labels. */
async function metricsOf (adminUrl: string): Promise<Map<string, number>> {
  const { status, headers, body } = await send(`${adminUrl}/metrics`)
  assert.equal(status, 200)
  assert.match(headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/)
  return new Map(body.split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => {
    const end = line.lastIndexOf(' ')
    return [line.slice(0, end), Number(line.slice(end + 1))]
  }))
}

test('requests, their durations, failures and retries are counted by backend', async (t) => {
  const [gone, a] = [await startBackend(t, answers('gone')), await startBackend(t, answersWith(404))]
  const { url, adminUrl } = await startGateway(t, { BACKENDS: `${gone.url};name=gone,${a.url};name=a` })
  await gone.die()
  for (let i = 0; i < 3; i++) await send(url)
  await until('the last line', async () => (await metricsOf(adminUrl)).get('evenkeel_requests_total{backend="a",result="4xx"}') === 3)
  const metrics = await metricsOf(adminUrl)
  assert.equal(metrics.get('evenkeel_request_duration_seconds_count{backend="a"}'), 3)
  assert.equal(
    metrics.get('evenkeel_first_byte_seconds_bucket{le="+Inf",backend="a"}') ??
      metrics.get('evenkeel_first_byte_seconds_bucket{backend="a",le="+Inf"}'),
    3
  )
  assert.ok((metrics.get('evenkeel_retries_total{reason="refused"}') ?? 0) >= 1)
  assert.equal(metrics.get('evenkeel_attempts_total{backend="a"}'), 3)
  assert.ok((metrics.get('evenkeel_attempts_total{backend="gone"}') ?? 0) >= 1)
  assert.ok(metrics.has('evenkeel_client_connections'))
  assert.ok((metrics.get('evenkeel_attempt_failures_total{backend="gone",reason="refused"}') ?? 0) >= 1)
  assert.equal(metrics.get('evenkeel_backend_up{backend="a"}'), 1)
  assert.equal(metrics.get('evenkeel_backend_requests_in_flight{backend="a"}'), 0)
  assert.ok([...metrics.keys()].some((name) => name.startsWith('evenkeel_build_info{version="')))
  assert.ok(metrics.has('nodejs_eventloop_lag_seconds'))
})

test('up is being healthy, and being in rotation is a figure of its own', async (t) => {
  const names = ['first', 'backup', 'maintained', 'down', 'ejected'] as const
  const { app, adminUrl } = await startGateway(t, {
    BACKENDS: names.map((name, i) => `http://127.0.0.1:${i + 1};name=${name}${name === 'backup' ? ';backup=true' : ''}`).join(','),
    HEALTH_CHECK_RISE: '1',
    HEALTH_CHECK_FALL: '1'
  })
  const { registry } = app
  const of = (name: typeof names[number]) => registry.backends().find((backend) => backend.name === name) as Backend
  passes(registry, ...registry.backends())
  fails(registry, of('down'))
  registry.command(of('maintained'), 'maintenance', 'an operator')
  for (let i = 0; i < 5; i++) registry.acquireFrom(of('ejected'))?.settle('backend-failure', 'reset')
  const metrics = await metricsOf(adminUrl)
  const figures = names.map((name) => [
    name,
    metrics.get(`evenkeel_backend_up{backend="${name}"}`),
    metrics.get(`evenkeel_backend_in_rotation{backend="${name}"}`),
    ['ready', 'draining', 'maintenance'].filter(
      (state) => metrics.get(`evenkeel_backend_desired_state{backend="${name}",state="${state}"}`) === 1
    )
  ])
  assert.deepEqual(figures, [
    ['first', 1, 1, ['ready']],
    ['backup', 1, 0, ['ready']],
    ['maintained', 1, 0, ['maintenance']],
    ['down', 0, 0, ['ready']],
    ['ejected', 0, 0, ['ready']]
  ])
  assert.equal(metrics.get('evenkeel_backends_in_rotation'), 1)
  fails(registry, of('maintained'))
  assert.equal((await metricsOf(adminUrl)).get('evenkeel_backend_up{backend="maintained"}'), 0)
})

test('only counters are named _total', async (t) => {
  const { adminUrl } = await startGateway(t, {})
  const { body } = await send(`${adminUrl}/metrics`)
  const types = [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type] as const)
  assert.ok(types.length > 30)
  assert.deepEqual(types.filter(([name, type]) => name.endsWith('_total') !== (type === 'counter')), [])
})

test('the figures of a backend go with it', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { url, adminUrl, app } = await startGateway(t, {})
  const { backend } = app.registrations.register({ url: new URL(a.url), name: 'leaver', weight: 1 })
  await until('the first check', () => backend.health.state === 'healthy')
  await send(url)
  assert.ok([...(await metricsOf(adminUrl)).keys()].some((name) => name.includes('leaver')))
  app.registrations.leave(backend, 0)
  assert.ok(![...(await metricsOf(adminUrl)).keys()].some((name) => name.includes('leaver')))
})

test('a request that ends after its backend has left brings no figures of it back', async (t) => {
  let held: ServerResponse | undefined
  const a = await startBackend(t, (_req, res) => { held = res })
  const { url, adminUrl, app } = await startGateway(t, {})
  const { backend } = app.registrations.register({ url: new URL(a.url), name: 'leaver', weight: 1 })
  await until('the first check', () => backend.health.state === 'healthy')
  const answer = send(url)
  const response = await until('the request to arrive', () => held)
  app.registrations.leave(backend, 0)
  response.end('late')
  assert.equal((await answer).body, 'late')
  await until('the request to be over', () => app.forwarder.openExchanges === 0)
  assert.ok(![...(await metricsOf(adminUrl)).keys()].some((name) => name.includes('leaver')))
})

test('no label comes from a client', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { url, adminUrl } = await startGateway(t, { BACKENDS: a.url })
  await send(`${url}/evil-path`, { method: 'PURGE', headers: { 'x-evil': 'evil-value' } })
  const { body } = await send(`${adminUrl}/metrics`)
  assert.doesNotMatch(body, /evil|PURGE/)
})
