import assert from 'node:assert/strict'
import { lookup } from 'node:dns'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { newEntry } from '../../src/registry/store.ts'
import { ManagedBackend } from '../../src/services/managed-backend.ts'
import { systemClock } from '../../src/base/clock.ts'
import { CheckRunner } from '../../src/checks/check-runner.ts'
import { listen, startRawBackend } from '../helpers/backend.ts'
import { caCertificate, signed, signedForAnother, untrusted } from '../helpers/certificate.ts'
import { send } from '../helpers/client.ts'
import type { LogLine } from '../helpers/log.ts'
import { spawnServer, temporaryFolder } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'

/** Starts a backend on TLS that says the name it was called by, and whose certificate can be changed. */
async function startTlsBackend (t: TestContext) {
  let connections = 0
  let requests = 0
  const server = createServer(signed, (req, res) => {
    if (req.url !== '/health') requests++
    const { servername, alpnProtocol } = req.socket as TLSSocket
    if (req.url === '/close') res.setHeader('connection', 'close')
    res.end(JSON.stringify({ servername, alpnProtocol, connections }))
  })
  server.on('secureConnection', () => { connections++ })
  server.on('tlsClientError', () => {})
  const port = await listen(server)
  t.after(() => new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections()
  }))
  return { port, server, requests: () => requests }
}

/** Spawns a gateway that trusts the tests' own CA. */
async function spawnTrusting (t: TestContext, backends: string) {
  const file = join(await temporaryFolder(), 'ca.pem')
  await writeFile(file, caCertificate)
  return spawnServer(t, { BACKENDS: backends, NODE_EXTRA_CA_CERTS: file, HEALTH_CHECK_INTERVAL_MS: '3600000', RETRIES: '0' })
}

function reasonsIn (line: LogLine): unknown[] {
  return (line['attempts'] as Array<{ reason?: string }>).map(({ reason }) => reason)
}

test('a backend that NODE_EXTRA_CA_CERTS vouches for is asked for by its name, or by none where the url has an address', async (t) => {
  const { port } = await startTlsBackend(t)
  const url = await (await spawnTrusting(t, `https://localhost:${port},https://127.0.0.1:${port}`)).url()
  const answers: Array<Record<string, unknown>> = []
  for (let i = 0; i < 4; i++) answers.push(JSON.parse((await send(url)).body))
  assert.deepEqual(answers.map(({ servername }) => servername || 'none').sort(), ['localhost', 'localhost', 'none', 'none'])
  assert.deepEqual(new Set(answers.map(({ alpnProtocol }) => alpnProtocol)), new Set(['http/1.1']))
  assert.equal(answers[3]?.['connections'], answers[1]?.['connections'], 'connections are used again')
})

test('a backend whose certificate is not signed, or is for another name, gets no request, and the attempt fails by "tls"', async (t) => {
  const backend = await startTlsBackend(t)
  const server = await spawnTrusting(t, `https://localhost:${backend.port}`)
  const url = await server.url()
  assert.equal((await send(`${url}/close`)).status, 200)
  for (const [path, certificate] of [['/unsigned', untrusted], ['/another-name', signedForAnother]] as const) {
    backend.server.setSecureContext(certificate)
    const { status, body } = await send(url + path, { method: 'POST', body: 'secret' })
    assert.deepEqual([status, JSON.parse(body).code], [502, 'EVENKEEL_BACKEND_FAILED'])
    const line = await until('its line in the log', () => server.lines().find((line) => line['path'] === path))
    assert.deepEqual(reasonsIn(line), ['tls'])
  }
  assert.equal(backend.requests(), 1)
  backend.server.setSecureContext(signed)
  assert.equal((await send(url)).status, 200)
})

test('a backend whose certificate is for another name is not in rotation, and the log says why', async (t) => {
  const backend = await startTlsBackend(t)
  backend.server.setSecureContext(signedForAnother)
  const server = await spawnTrusting(t, `https://localhost:${backend.port}`)
  assert.equal((await send(await server.url())).status, 503)
  assert.match(server.stdout(), /TLS handshake failed: ERR_TLS_CERT_ALTNAME_INVALID/)
})

test('a check fails, and comes to an end, when the backend ends the connection during the handshake', async (t) => {
  const { url } = await startRawBackend(t, (socket) => { socket.once('data', () => { socket.end() }) })
  const settings = { path: '/health', timeoutMs: 10_000, intervalMs: 1000, status: { first: 200, last: 399 } }
  const runner = new CheckRunner({
    settingsFor: () => settings,
    names: { lookup, watch: () => () => {} },
    guardFor: () => undefined,
    clock: systemClock,
    onThrown: (error) => { throw error }
  })
  const backend = new ManagedBackend(newEntry({ url: url.replace('http:', 'https:'), name: 'a', weight: 1 }, 'configured'))
  assert.deepEqual(await runner.run(backend, true), { passed: false, detail: 'connection closed' })
})
