import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Tls } from '../../src/admin/wire.ts'
import { caCertificate, signed, untrusted } from '../helpers/certificate.ts'
import { FakeClock } from '../helpers/clock.ts'
import { buildApp } from '../helpers/gateway.ts'
import { temporaryFolder } from '../helpers/server-process.ts'
import { connectTls, startTlsGateway } from '../helpers/tls.ts'
import { until } from '../helpers/until.ts'

const dayMs = 86_400_000
const hereExpires = Date.parse('2120-01-01T00:00:00Z')

/** Thirteen and a half days before a certificate expires. */
class LateClock extends FakeClock {
  lateMs = hereExpires - 13.5 * dayMs

  override date (): number {
    return super.date() + this.lateMs
  }
}

async function read (app: Awaited<ReturnType<typeof buildApp>>): Promise<Tls> {
  return (await app.admin.inject('/api/tls')).json()
}

test('without TLS there is a clear, empty answer', async (t) => {
  const app = await buildApp(t, {})
  assert.deepEqual(await read(app), { isEnabled: false, certificates: [], problems: [], clientPolicies: [], handshakes: null })
})

test('certificates are shown with their names, life and fingerprint, and without a key', async (t) => {
  const clock = new LateClock()
  const { app } = await startTlsGateway(t, { TLS_DEFAULT_CERTIFICATE: 'here' }, { clock })
  const { certificates, problems } = await read(app)
  const [, here] = certificates
  assert.deepEqual(certificates.map(({ name, isDefault }) => [name, isDefault]), [['elsewhere', false], ['here', true]])
  assert.deepEqual(here, {
    name: 'here',
    names: ['localhost'],
    source: 'file',
    isDefault: true,
    issuer: 'CN=Evenkeel test CA',
    serialNumber: '02',
    fingerprint: here?.fingerprint,
    notBefore: '2020-01-01T00:00:00.000Z',
    notAfter: '2120-01-01T00:00:00.000Z',
    daysLeft: 13,
    warning: 14
  })
  assert.match(String(here?.fingerprint), /^[0-9a-f]{64}$/)
  assert.deepEqual(problems, [])
  const { body } = await app.admin.inject('/api/tls')
  assert.doesNotMatch(body, /PRIVATE/)
  clock.lateMs = hereExpires + 1
  const [, expired] = (await read(app)).certificates
  assert.deepEqual([expired?.daysLeft, expired?.warning], [-1, 0])
})

test('a pair that cannot be read is a problem until it can, while the old one is in force', async (t) => {
  const { app, folder } = await startTlsGateway(t, {})
  writeFileSync(join(folder, 'here.crt'), untrusted.cert)
  writeFileSync(join(folder, 'new.crt'), signed.cert)
  for (let i = 0; i < 2; i++) await app.tls?.reload()
  const { certificates, problems } = await read(app)
  assert.deepEqual(certificates.map(({ name, serialNumber }) => [name, serialNumber]), [['elsewhere', '03'], ['here', '02']])
  assert.deepEqual(problems.map(({ name }) => name), ['here', 'new'])
  assert.match(String(problems[0]?.problem), /here\.crt: the key does not match/)
  writeFileSync(join(folder, 'here.crt'), signed.cert)
  rmSync(join(folder, 'new.crt'))
  await app.tls?.reload()
  assert.deepEqual((await read(app)).problems, [])
})

test('what clients are asked for is shown by host, and a file of authorities that has become unusable', async (t) => {
  const ca = join(await temporaryFolder(), 'ca.pem')
  const config = join(await temporaryFolder(), 'evenkeel.yaml')
  writeFileSync(ca, caCertificate)
  writeFileSync(config, `tls: { hosts: { '*.partners.test': { clientAuth: require, clientCa: ${ca} } } }`)
  const { app } = await startTlsGateway(t, { CONFIG_FILE: config })
  writeFileSync(ca, 'nothing')
  await app.tls?.reload()
  const { clientPolicies, problems } = await read(app)
  assert.deepEqual(clientPolicies, [
    { host: '*.partners.test', clientAuth: 'require', clientCa: ca }, { host: null, clientAuth: 'none', clientCa: null }
  ])
  assert.deepEqual(problems, [{ name: ca, problem: `${ca} holds no certificate in PEM format` }])
})

test('handshakes are counted by how they ended, those that wait included', async (t) => {
  const clock = new FakeClock()
  const { app, tlsPort, adminUrl } = await startTlsGateway(t, { TLS_HANDSHAKES_PER_SECOND: '1' }, { clock })
  await assert.rejects(connectTls(t, tlsPort, { servername: 'unknown.test' }))
  await connectTls(t, tlsPort, { servername: 'localhost' })
  void connectTls(t, tlsPort, { servername: 'localhost' }).catch(() => {})
  await until('one that waits', () => app.tls?.server.waiting === 1)
  await until('the failure', () => app.tls?.server.failures.size === 1)
  assert.deepEqual((await read(app)).handshakes, {
    full: 1, resumed: 0, failed: { 'unknown-server-name': 1 }, pending: 1, waiting: 1, limitPerSecond: 1
  })
  const text = await (await fetch(`${adminUrl}/metrics`)).text()
  assert.match(text, /^evenkeel_tls_handshakes_total\{resumed="false"\} 1$/m)
  assert.match(text, /^evenkeel_tls_handshakes_total\{resumed="true"\} 0$/m)
  assert.match(text, /^evenkeel_tls_handshakes_waiting 1$/m)
  assert.match(text, /^evenkeel_tls_certificate_valid_from_timestamp_seconds\{name="here"\} 1577836800$/m)
})

test('only who has the token may read it', async (t) => {
  const app = await buildApp(t, { ADMIN_TOKEN: '0123456789abcdef-token' })
  assert.equal((await app.admin.inject('/api/tls')).statusCode, 401)
  const headers = { authorization: 'Bearer 0123456789abcdef-token' }
  assert.equal((await app.admin.inject({ url: '/api/tls', headers })).statusCode, 200)
})
