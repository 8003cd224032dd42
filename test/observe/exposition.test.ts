import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import { answers, answersWith, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { startWithFile } from '../helpers/config-gateway.ts'
import { startGateway } from '../helpers/gateway.ts'
import { fails, passes } from '../helpers/service.ts'
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
  const answered = 'evenkeel_requests_total{service="default",backend="a",result="4xx"}'
  await until('the last line', async () => (await metricsOf(adminUrl)).get(answered) === 3)
  const metrics = await metricsOf(adminUrl)
  assert.equal(metrics.get('evenkeel_request_duration_seconds_count{service="default",backend="a"}'), 3)
  assert.equal(
    metrics.get('evenkeel_first_byte_seconds_bucket{le="+Inf",service="default",backend="a"}') ??
      metrics.get('evenkeel_first_byte_seconds_bucket{service="default",backend="a",le="+Inf"}'),
    3
  )
  assert.ok((metrics.get('evenkeel_retries_total{service="default",reason="refused"}') ?? 0) >= 1)
  assert.equal(metrics.get('evenkeel_attempts_total{service="default",backend="a"}'), 3)
  assert.ok((metrics.get('evenkeel_attempts_total{service="default",backend="gone"}') ?? 0) >= 1)
  assert.ok(metrics.has('evenkeel_client_connections'))
  assert.ok((metrics.get('evenkeel_attempt_failures_total{service="default",backend="gone",reason="refused"}') ?? 0) >= 1)
  assert.equal(metrics.get('evenkeel_backend_up{service="default",backend="a"}'), 1)
  assert.equal(metrics.get('evenkeel_backend_requests_in_flight{service="default",backend="a"}'), 0)
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
  const { default: service } = app.services
  const of = (name: typeof names[number]) => service.backends().find((backend) => backend.name === name) as Backend
  passes(service, ...service.backends())
  fails(service, of('down'))
  app.registrations.change(of('maintained').id, { desiredState: 'maintenance' })
  for (let i = 0; i < 5; i++) service.acquireFrom(of('ejected'))?.settle('backend-failure', 'reset')
  const metrics = await metricsOf(adminUrl)
  const figures = names.map((name) => [
    name,
    metrics.get(`evenkeel_backend_up{service="default",backend="${name}"}`),
    metrics.get(`evenkeel_backend_in_rotation{service="default",backend="${name}"}`),
    ['ready', 'draining', 'maintenance'].filter(
      (state) => metrics.get(`evenkeel_backend_desired_state{service="default",backend="${name}",state="${state}"}`) === 1
    )
  ])
  assert.deepEqual(figures, [
    ['first', 1, 1, ['ready']],
    ['backup', 1, 0, ['ready']],
    ['maintained', 1, 0, ['maintenance']],
    ['down', 0, 0, ['ready']],
    ['ejected', 0, 0, ['ready']]
  ])
  assert.equal(metrics.get('evenkeel_backends_in_rotation{service="default"}'), 1)
  fails(service, of('maintained'))
  assert.equal((await metricsOf(adminUrl)).get('evenkeel_backend_up{service="default",backend="maintained"}'), 0)
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
  const { id } = app.registrations.register({ url: new URL(a.url), name: 'leaver', weight: 1 })
  await until('the first check', () => app.services.default.get(id)?.state === 'healthy')
  await send(url)
  assert.ok([...(await metricsOf(adminUrl)).keys()].some((name) => name.includes('leaver')))
  app.registrations.leave(id, 0)
  assert.ok(![...(await metricsOf(adminUrl)).keys()].some((name) => name.includes('leaver')))
})

test('a request that ends after its backend has left brings no figures of it back', async (t) => {
  let held: ServerResponse | undefined
  const a = await startBackend(t, (_req, res) => { held = res })
  const { url, adminUrl, app } = await startGateway(t, {})
  const { id } = app.registrations.register({ url: new URL(a.url), name: 'leaver', weight: 1 })
  await until('the first check', () => app.services.default.get(id)?.state === 'healthy')
  const answer = send(url)
  const response = await until('the request to arrive', () => held)
  app.registrations.leave(id, 0)
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

test('each service has its figures, and each route that is named', async (t) => {
  const [a, b] = [await startBackend(t, answers('a')), await startBackend(t, answers('b'))]
  const file = (extra: string): string => `
services: { web: { backends: ["${a.url};name=same"] }, api: { backends: ["${b.url};name=same"] }, none: {} }
routes:
  - { service: web }
  - { name: api, path: /api, service: api }
  - { name: none, path: /none, service: none }
  - { name: split, path: /split, split: { none: 1, api: 0 } }
  - { name: unused, path: /unused, service: web }
${extra}`
  const { app, url, adminUrl, write } = await startWithFile(t, file(''))
  for (const path of ['/', '/', '/api', '/none', '/split', '/api']) await send(`${url}${path}`)
  await until('the requests to be over', () => app.forwarder.openExchanges === 0)
  const expected = {
    'evenkeel_requests_total{service="web",backend="same",result="2xx"}': 2,
    'evenkeel_requests_total{service="api",backend="same",result="2xx"}': 2,
    'evenkeel_requests_total{service="none",backend="none",result="5xx"}': 2,
    'evenkeel_route_requests_total{route="api",result="2xx"}': 2,
    'evenkeel_route_requests_total{route="none",result="5xx"}': 1,
    'evenkeel_route_requests_total{route="other",result="2xx"}': 2,
    'evenkeel_route_requests_total{route="split",result="5xx"}': 1,
    'evenkeel_route_duration_seconds_count{route="api"}': 2,
    'evenkeel_route_passed_on_total{route="split"}': 0,
    'evenkeel_backends_in_rotation{service="web"}': 1,
    'evenkeel_backends_in_rotation{service="none"}': 0,
    'evenkeel_queued_requests{service="api"}': 0,
    evenkeel_config_valid: 1
  }
  const metrics = await metricsOf(adminUrl)
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, metrics.get(name)])), expected)
  assert.ok(Math.abs((metrics.get('evenkeel_config_loaded_timestamp_seconds') ?? 0) - Date.now() / 1000) < 600)
  const without = ['evenkeel_route_requests_total{route="unused"', 'service="default"', 'evenkeel_discovery_age_seconds']
  assert.deepEqual([...metrics.keys()].filter((name) => without.some((each) => name.includes(each))), [])

  await write(file('  - { name: late, path: /late, service: web }'))
  await app.configFile.reload()
  await send(`${url}/api`)
  await until('the request to be over', () => app.forwarder.openExchanges === 0)
  assert.equal((await metricsOf(adminUrl)).get('evenkeel_route_requests_total{route="api",result="2xx"}'), 3, 'counters outlive a reload')
})

test('a share that was passed on is counted, and outlives a reload', async (t) => {
  const a = await startBackend(t, answers('a'))
  const file = `
services: { web: { backends: ["${a.url}"] }, next: {} }
routes: [{ name: canary, split: { next: 50, web: 50 } }]
`
  const { app, url, adminUrl, write } = await startWithFile(t, file)
  for (let i = 0; i < 3; i++) assert.equal((await send(url)).body, 'a')
  const { body } = await send(`${adminUrl}/api/explain?path=/`)
  assert.match(body, /"service":"web"/)
  await write('services: { web: {} }\nroutes: [{ service: web }]')
  await app.configFile.reload()
  await write(`${file.replace('{ name: canary,', '{ name: canary, path: /,')}\n# again`)
  await app.configFile.reload()
  // What was only explained is not counted.
  assert.equal((await metricsOf(adminUrl)).get('evenkeel_route_passed_on_total{route="canary"}'), 3)
})
