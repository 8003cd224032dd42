import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, neverAnswers, refusedUrl, startBackend } from '../helpers/backend.ts'
import { FakeClock } from '../helpers/clock.ts'
import { send } from '../helpers/client.ts'
import { backendsOf, buildApp, startGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'

test('the list shows each backend with its state, its last check and what is in flight', async (t) => {
  const well = await startBackend(t, neverAnswers)
  const goneUrl = await refusedUrl()
  const { url, adminUrl } = await startGateway(t, { BACKENDS: `${well.url};name=well;weight=3,${goneUrl}` })
  const inFlight = send(url).catch(() => {})
  await until('the request to arrive', () => well.requests.length === 1)

  const { status, headers, body } = await send(`${adminUrl}/api/backends`)
  assert.equal(status, 200)
  assert.match(headers['content-type'] ?? '', /^application\/json/)
  const list = JSON.parse(body)
  for (const { id, lastCheck, since } of list) {
    assert.match(id, /^[0-9a-f]{12}$/)
    assert.ok(Math.abs(Date.parse(since) - Date.now()) < 60_000)
    assert.equal(typeof lastCheck.durationMs, 'number')
    assert.ok(lastCheck.durationMs >= 0)
    assert.ok(Math.abs(Date.parse(lastCheck.at) - Date.now()) < 60_000)
  }
  assert.deepEqual(
    list.map(
      ({
        id,
        since,
        lastCheck: { durationMs, at, ...lastCheck },
        ...rest
      }: Record<string, never> & { lastCheck: Record<string, never> }) => ({ ...rest, lastCheck })
    ),
    [
      {
        service: 'default',
        url: well.url,
        protocol: 'http/1.1',
        sendProxy: null,
        name: 'well',
        weight: 3,
        effectiveWeight: 3,
        zone: null,
        backup: false,
        source: 'configured',
        desiredState: 'ready',
        state: 'healthy',
        why: 'status 200',
        inRotation: true,
        inFlight: 1,
        latencyMs: null,
        healthCheck: {},
        lease: null,
        holders: 0,
        lastCheck: { passed: true, detail: 'status 200' }
      },
      {
        service: 'default',
        url: goneUrl,
        protocol: 'http/1.1',
        sendProxy: null,
        name: new URL(goneUrl).host,
        weight: 1,
        effectiveWeight: 1,
        zone: null,
        backup: false,
        source: 'configured',
        desiredState: 'ready',
        state: 'unhealthy',
        why: 'connection refused',
        inRotation: false,
        inFlight: 0,
        latencyMs: null,
        healthCheck: {},
        lease: null,
        holders: 0,
        lastCheck: { passed: false, detail: 'connection refused' }
      }
    ]
  )
  await well.die()
  await inFlight
})

test('a backend that was not checked yet has no last check', async (t) => {
  const app = await buildApp(t, { BACKENDS: 'http://a.invalid:3000' })
  const [backend] = (await app.admin.inject('/api/backends')).json()
  assert.deepEqual([backend.state, backend.lastCheck, backend.inRotation], ['unchecked', null, true])
})

test('the id of a backend is the same in every gateway', async (t) => {
  const first = await buildApp(t, { BACKENDS: 'http://a.invalid:3000,http://b.invalid' })
  const second = await buildApp(t, { BACKENDS: 'http://c.invalid,http://a.invalid:3000;name=other' })
  const idsOf = (list: { id: string }[]) => list.map(({ id }) => id)
  const [a, b] = idsOf((await first.admin.inject('/api/backends')).json())
  const [c, again] = idsOf((await second.admin.inject('/api/backends')).json())
  assert.equal(a, again)
  assert.equal(new Set([a, b, c]).size, 3)
})

test('the list is on the admin listener only', async (t) => {
  const backend = await startBackend(t, answers('from the backend'))
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  assert.equal((await send(`${url}/api/backends`)).body, 'from the backend')
})

test('a backend says since when it is in its state, and what led there', async (t) => {
  const clock = new FakeClock()
  const app = await buildApp(t, { BACKENDS: 'http://a.invalid:3000' }, { clock })
  const shown = async () => {
    const [{ state, since, why }] = (await app.admin.inject('/api/backends')).json()
    return [state, Date.parse(since), why]
  }
  const [backend] = backendsOf({ app })
  assert.ok(backend !== undefined)
  const check = (passed: boolean, detail: string): void => {
    app.services.default.reportCheck(backend, { passed, detail, durationMs: 1, at: clock.date() })
  }
  assert.deepEqual(await shown(), ['unchecked', 0, 'configured'])
  clock.advance(1000)
  check(false, 'connection refused')
  clock.advance(1000)
  check(false, 'status 503')
  app.registrations.change(backend.id, { weight: 2 })
  assert.deepEqual(await shown(), ['unhealthy', 1000, 'connection refused'])
  app.registrations.change(backend.id, { desiredState: 'maintenance' })
  assert.deepEqual(await shown(), ['maintenance', 2000, 'operator'])
})

test('the OpenAPI document describes since and why', async (t) => {
  const app = await buildApp(t, {})
  const text = (await app.admin.inject('/openapi.json')).body
  assert.match(text, /when it entered this state/)
  assert.match(text, /the reason for this state/)
})
