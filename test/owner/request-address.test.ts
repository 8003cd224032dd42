import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { buildApp } from '../helpers/gateway.ts'

interface Case {
  readonly trust: string
  readonly headers: Record<string, string>
  readonly ip: string
  readonly ips: string[] | undefined
  readonly protocol?: string
}

const cases: Case[] = [
  { trust: 'false', headers: { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' }, ip: '127.0.0.1', ips: undefined },
  { trust: '10.0.0.0/8', headers: { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' }, ip: '127.0.0.1', ips: ['127.0.0.1'] },
  { trust: 'true', headers: {}, ip: '127.0.0.1', ips: ['127.0.0.1'] },
  {
    trust: '127.0.0.1',
    headers: { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' },
    ip: '192.0.2.1',
    ips: ['127.0.0.1', '192.0.2.1'],
    protocol: 'https'
  },
  { trust: '127.0.0.1', headers: { 'x-forwarded-for': '192.0.2.9, 192.0.2.1:8080' }, ip: '192.0.2.1', ips: ['127.0.0.1', '192.0.2.1'] },
  {
    trust: '127.0.0.1,10.0.0.0/8',
    headers: { 'x-forwarded-for': '[2001:DB8::1]:443, 10.0.0.1' },
    ip: '2001:db8::1',
    ips: ['127.0.0.1', '10.0.0.1', '2001:db8::1']
  },
  { trust: '127.0.0.1,10.0.0.0/8', headers: { 'x-forwarded-for': 'unknown, 10.0.0.1' }, ip: '10.0.0.1', ips: ['127.0.0.1', '10.0.0.1'] }
]

for (const { trust, headers, ip, ips, protocol = 'http' } of cases) {
  test(`with TRUST_PROXY=${trust}, ${JSON.stringify(headers)} is a request of ${ip} by ${protocol}`, async (t) => {
    const backend = await startBackend(t, answers('a'))
    const app = await buildApp(t, { BACKENDS: backend.url, TRUST_PROXY: trust })
    const seen: unknown[] = []
    app.addHook('onRequest', async (request) => { seen.push([request.ip, request.ips, request.protocol]) })
    await app.register(async (inner) => { inner.get('/own', async ({ ip, ips, protocol }) => { seen.push([ip, ips, protocol]) }) })
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    await send(url, { headers })
    await send(`${url}/own`, { headers })
    assert.deepEqual(seen, [[ip, ips, protocol], [ip, ips, protocol], [ip, ips, protocol]])
  })
}

test('request.host is the host that is forwarded, whatever a trusted proxy says that it was', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const app = await buildApp(t, { BACKENDS: backend.url, TRUST_PROXY: 'true' })
  const seen: string[] = []
  app.addHook('onRequest', async ({ host, hostname }) => { seen.push(host, hostname) })
  await send(await app.listen({ host: '127.0.0.1', port: 0 }), { headers: { host: 'a.example:81', 'x-forwarded-host': 'b.example' } })
  assert.deepEqual(seen, ['a.example:81', 'a.example'])
  assert.equal(backend.requests[0]?.headers.host, 'a.example:81')
})
