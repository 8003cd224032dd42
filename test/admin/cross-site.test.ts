import assert from 'node:assert/strict'
import { test } from 'node:test'
import { send } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'

const json = { 'content-type': 'application/json' }
const body = JSON.stringify({ url: 'http://127.0.0.1:1' })

for (const [who, headers, status] of [
  ['a page of another site', { ...json, origin: 'https://evil.example' }, 403],
  ['a page of another port', { ...json, origin: 'http://127.0.0.1:1' }, 403],
  ['a sandboxed page', { ...json, origin: 'null' }, 403],
  ['a form, which sends no JSON', { 'content-type': 'text/plain' }, 415],
  ['a form with fields', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
  ['what a browser marks as another site', { ...json, 'sec-fetch-site': 'cross-site' }, 403],
  ['a page behind a name that points here', { ...json, host: 'rebound.example:5174' }, 403]
] as const) {
  test(`${who} can change nothing`, async (t) => {
    const { adminUrl, app } = await startGateway(t, {})
    assert.equal((await send(`${adminUrl}/api/backends`, { method: 'POST', headers: { ...headers }, body })).status, status)
    assert.equal(app.registry.backends().length, 0)
  })
}

test('a page behind a name that points here can read nothing either', async (t) => {
  const { adminUrl } = await startGateway(t, {})
  assert.equal((await send(`${adminUrl}/api/backends`, { headers: { host: 'rebound.example' } })).status, 403)
})

test('a page behind a name that points here cannot read the figures', async (t) => {
  const { adminUrl } = await startGateway(t, {})
  for (const headers of [
    { host: 'rebound.example:5174' },
    { origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site' }
  ] as const) {
    const { status, body } = await send(`${adminUrl}/metrics`, { headers: { ...headers } })
    assert.deepEqual([status, body.includes('evenkeel_')], [403, false])
  }
})

for (const [settings, host] of [
  [{}, 'localhost:5174'],
  [{}, '127.0.0.1:5174'],
  [{}, '[::1]:5174'],
  [{ ADMIN_TOKEN: 'secret-secret-secret' }, 'gateway:5174'],
  [{ ADMIN_TOKEN: 'secret-secret-secret' }, '10.0.0.7:5174']
] as const) {
  test(`Prometheus reads the figures at ${host} ${'ADMIN_TOKEN' in settings ? 'with' : 'without'} a token set`, async (t) => {
    const { adminUrl } = await startGateway(t, settings)
    assert.equal((await send(`${adminUrl}/metrics`, { headers: { host } })).status, 200)
  })
}

test('what asks whether the gateway lives and is ready may call it anything', async (t) => {
  const { adminUrl } = await startGateway(t, {})
  assert.equal((await send(`${adminUrl}/livez`, { headers: { host: 'gateway:5174' } })).status, 200)
  assert.equal((await send(`${adminUrl}/readyz`, { headers: { host: 'gateway:5174' } })).status, 503)
})

test('the gateway\'s own page may', async (t) => {
  const { adminUrl } = await startGateway(t, {})
  const answer = await send(`${adminUrl}/api/backends`, {
    method: 'POST',
    headers: { ...json, origin: adminUrl, 'sec-fetch-site': 'same-origin' },
    body
  })
  assert.equal(answer.status, 201)
})

for (const [host, status] of [
  ['[::ffff:127.0.0.1]', 200], ['[::FFFF:7f00:1]:5174', 200], ['[0:0:0:0:0:0:0:1]:5174', 200], ['127.1:5174', 200], ['localhost', 200],
  ['[::ffff:10.0.0.1]', 403], ['[64:ff9b::127.0.0.1]', 403], ['127.0.0.1.example', 403]
] as const) {
  test(`a Host of ${host} gets ${status}`, async (t) => {
    const { adminUrl } = await startGateway(t, {})
    assert.equal((await send(`${adminUrl}/api/backends`, { headers: { host } })).status, status)
  })
}

test('with a token the name does not matter, since no page has the token', async (t) => {
  const { adminUrl } = await startGateway(t, { ADMIN_TOKEN: 'secret-secret-secret' })
  const answer = await send(`${adminUrl}/api/backends`, {
    headers: { host: 'gateway.internal', authorization: 'Bearer secret-secret-secret' }
  })
  assert.equal(answer.status, 200)
})
