import assert from 'node:assert/strict'
import { createServer as createTlsServer } from 'node:https'
import { test } from 'node:test'
import { changedEntry } from '../../src/registry/store.ts'
import { answers, startBackend } from '../helpers/backend.ts'
import { signed } from '../helpers/certificate.ts'
import { backendAt, createRunner } from '../helpers/check-runner.ts'
import { startProxiedBackend } from '../helpers/proxied-backend.ts'
import { version2 } from '../helpers/proxy-protocol.ts'
import { until } from '../helpers/until.ts'

const withoutEnds = { v1: 'PROXY UNKNOWN\r\n', v2: version2('2000') }

for (const sendProxy of ['v1', 'v2'] as const) {
  test(`a check begins with a header of ${sendProxy} that states no client, and its connection is kept`, async (t) => {
    const plain = await startProxiedBackend(t)
    const secure = await startProxiedBackend(t, { server: createTlsServer(signed) })
    const runner = createRunner(t, { tlsFor: () => noVerification })
    for (const [url, { connections }] of [[plain.url, plain], [secure.url.replace('http:', 'https:'), secure]] as const) {
      const a = backendAt(url, { sendProxy })
      for (let i = 0; i < 2; i++) assert.deepEqual(await runner.run(a, false), { passed: true, detail: 'status 200' })
      assert.deepEqual(connections.map(({ header, requests }) => [header, requests.length]), [[withoutEnds[sendProxy], 2]])
    }
  })

  test(`a check of the connection alone sends the header of ${sendProxy}, and nothing else`, async (t) => {
    const backend = await startProxiedBackend(t)
    const result = await createRunner(t).run(backendAt(backend.url, { sendProxy, healthCheck: { type: 'tcp' } }), true)
    assert.deepEqual(result, { passed: true, detail: 'connected' })
    await until('the header', () => backend.connections.length === 1)
    assert.deepEqual([backend.connections[0]?.header, backend.malformed], [withoutEnds[sendProxy], []])
  })
}

const noVerification = { verify: false }

test('a check of another port begins with no header, and one of the same port does', async (t) => {
  const proxied = await startProxiedBackend(t)
  const plain = await startBackend(t, answers('fine'))
  const runner = createRunner(t)
  const a = backendAt(proxied.url, { sendProxy: 'v2', healthCheck: { port: plain.port } })
  assert.equal((await runner.run(a, true)).passed, true)
  a.entry = changedEntry(a.entry, { healthCheck: { port: proxied.port } })
  assert.equal((await runner.run(a, true)).passed, true)
  assert.deepEqual([plain.requests.length, proxied.connections.length, proxied.malformed], [1, 1, []])
})

test('sendProxy counts from the next check on', async (t) => {
  const backend = await startProxiedBackend(t)
  const runner = createRunner(t)
  const a = backendAt(backend.url)
  assert.equal((await runner.run(a, false)).passed, false)
  a.entry = changedEntry(a.entry, { sendProxy: 'v1' })
  assert.equal((await runner.run(a, false)).passed, true)
})
