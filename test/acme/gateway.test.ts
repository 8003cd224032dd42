import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { TLSSocket } from 'node:tls'
import type { AppOptions } from '../../src/app.ts'
import { checkSettings } from '../../src/check.ts'
import { startBackend } from '../helpers/backend.ts'
import { caCertificate } from '../helpers/certificate.ts'
import { send } from '../helpers/client.ts'
import { startFakeCa, type FakeCa } from '../helpers/fake-ca.ts'
import { buildApp, type TestGateway } from '../helpers/gateway.ts'
import { memoryLog } from '../helpers/log.ts'
import { temporaryFolder } from '../helpers/server-process.ts'
import { connectTls, startTlsGateway } from '../helpers/tls.ts'
import { until } from '../helpers/until.ts'

const names = 'shop.test,api.test'

interface Ordering extends TestGateway {
  readonly ca: FakeCa
  readonly tlsPort: number
}

/** A gateway that orders from a CA which validates over sockets, by these challenges only. */
async function startOrdering (
  t: TestContext, types: readonly string[], settings: Record<string, string> = {}, options: Partial<AppOptions> = {}
): Promise<Ordering> {
  const folder = await temporaryFolder()
  const started: { gateway?: Awaited<ReturnType<typeof startTlsGateway>> } = {}
  const validate = async (type: string, name: string, token: string, expected: string): Promise<boolean> => {
    if (!types.includes(type)) return false
    const { url, tlsPort } = await until('the gateway', () => started.gateway)
    return type === 'http-01' ? await isServed(url, name, token, expected) : await isProved(t, tlsPort, name, expected)
  }
  const ca = await startFakeCa(t, { now: Date.now, validate })
  writeFileSync(join(folder, 'ca.crt'), caCertificate)
  const gateway = started.gateway = await startTlsGateway(t, {
    ACME_DOMAINS: names, ACME_DIRECTORY: `${ca.url}/directory`, ACME_STORAGE: folder, ACME_CA: join(folder, 'ca.crt'), ...settings
  }, options)
  return { ...gateway, ca }
}

async function isServed (url: string, host: string, token: string, expected: string): Promise<boolean> {
  const { status, body, headers } = await send(url, { path: `/.well-known/acme-challenge/${token}`, headers: { host } })
  return status === 200 && body === expected && headers['content-type'] === 'application/octet-stream'
}

/** As RFC 8737 section 3 asks for. */
async function isProved (t: TestContext, port: number, name: string, expected: string): Promise<boolean> {
  const socket = await connectTls(t, port, { servername: name, ALPNProtocols: ['acme-tls/1'] })
  const { raw } = socket.getPeerCertificate()
  const hash = createHash('sha256').update(expected).digest()
  const extension = Buffer.concat([Buffer.from('06082b0601050507011f0101ff0422' + '0420', 'hex'), hash])
  const isRight = socket.alpnProtocol === 'acme-tls/1' && raw.includes(extension) && raw.includes(name)
  await until('the gateway to close', () => socket.closed || socket.readableEnded || !socket.resume())
  return isRight
}

function served (gateway: Ordering): string[] {
  return gateway.app.tls?.certificates.all.map(({ name }) => name) ?? []
}

async function hasAll (gateway: Ordering): Promise<void> {
  await until('all certificates', () => served(gateway).length === 4)
}

for (const type of ['http-01', 'tls-alpn-01']) {
  test(`certificates are ordered by ${type}, and served at once`, async (t) => {
    const { logger, lines } = memoryLog()
    const gateway = await startOrdering(t, [type], { TLS_REDIRECT: 'true' }, { logger })
    await hasAll(gateway)
    for (const servername of names.split(',')) {
      const socket: TLSSocket = await connectTls(t, gateway.tlsPort, { servername })
      assert.equal(socket.getPeerX509Certificate()?.checkHost(servername), servername)
    }
    assert.deepEqual(lines('certificate issued').map(({ name }) => name), names.split(','))
    assert.equal(lines('ACME account made: its terms are accepted by using it').length, 1)
    assert.deepEqual([...gateway.app.tls?.server.failures ?? []], [])
  })
}

test('gateways that share a folder answer for each other, and serve the same certificates', async (t) => {
  const folder = await temporaryFolder()
  const gateways: Array<Awaited<ReturnType<typeof startTlsGateway>>> = []
  const asked: boolean[] = []
  const ca = await startFakeCa(t, {
    now: Date.now,
    async validate (type, name, token, expected) {
      await until('both', () => gateways.length === 2)
      for (const { url, tlsPort } of gateways) {
        asked.push(type === 'http-01' ? await isServed(url, name, token, expected) : await isProved(t, tlsPort, name, expected))
      }
      // So that it is asked the other way too.
      return type === 'tls-alpn-01'
    }
  })
  writeFileSync(join(folder, 'ca.crt'), caCertificate)
  const settings = { ACME_DIRECTORY: `${ca.url}/directory`, ACME_STORAGE: folder, ACME_CA: join(folder, 'ca.crt') }
  for (let i = 0; i < 2; i++) gateways.push(await startTlsGateway(t, { ACME_DOMAINS: 'shop.test', ...settings }))
  const serial = ({ app }: TestGateway): number | undefined => app.tls?.certificates.choose('shop.test')?.expiresAt
  await until('both to serve it', () => gateways.every((gateway) => serial(gateway) !== undefined))
  assert.deepEqual(asked, [true, true, true, true])
  assert.equal(ca.orders.length, 2)
})

test('what no CA was told to ask for goes the way of every request', async (t) => {
  const backend = await startBackend(t, (req, res) => { res.end(`backend: ${req.url}`) })
  const gateway = await startOrdering(t, ['http-01'], { BACKENDS: backend.url })
  await hasAll(gateway)
  for (const path of ['x', '..%2f..%2faccount.pem', 'a/b', 'x?token', '']) {
    const target = `/.well-known/acme-challenge/${path}`
    assert.equal((await send(gateway.url, { path: target })).body, `backend: ${target}`)
  }
})

test('acme-tls/1 without a challenge gets no certificate, and a client that offers more is a client', async (t) => {
  const gateway = await startOrdering(t, ['http-01'])
  await hasAll(gateway)
  for (const servername of ['shop.test', 'localhost', 'unknown.test']) {
    await assert.rejects(connectTls(t, gateway.tlsPort, { servername, ALPNProtocols: ['acme-tls/1'] }))
  }
  await until('it to be counted', () => [...gateway.app.tls?.server.failures.values() ?? []].reduce((sum, n) => sum + n, 0) === 3)
  const socket = await connectTls(t, gateway.tlsPort, { servername: 'shop.test', ALPNProtocols: ['acme-tls/1', 'http/1.1'] })
  assert.equal(socket.alpnProtocol, 'http/1.1')
})

test('orders are counted in the metrics, by outcome', async (t) => {
  const { logger, lines } = memoryLog()
  const gateway = await startOrdering(t, [], {}, { logger })
  await until('both to fail', () => gateway.app.acme?.orders.get('challenge-failed') === 2)
  const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text()
  assert.match(metrics, /^evenkeel_acme_orders_total\{outcome="challenge-failed"\} 2$/m)
  const told = lines('certificate not issued: what was in force stays')
  assert.deepEqual(told.map(({ name, failure }) => [name, failure]), names.split(',').map((name) => [name, 'challenge-failed']))
})

test('a gateway that has none yet starts, and refuses its clients until it has', async (t) => {
  const folder = await temporaryFolder()
  const settings = { TLS_PORT: '0', ACME_DOMAINS: names, ACME_STORAGE: folder, TLS_DEFAULT_CERTIFICATE: 'shop.test' }
  const app = await buildApp(t, settings)
  assert.deepEqual(app.tls?.certificates.all, [])
  assert.equal(app.tls?.certificates.choose(undefined), undefined)
  const lines = await checkSettings({ env: { NODE_ENV: 'production', REGISTRY_FILE: '', ...settings } })
  assert.ok(lines.includes('ACME: 2 certificates from https://acme-v02.api.letsencrypt.org/directory'))
})

for (const [settings, expected] of [
  [{ ACME_DOMAINS: 'shop.test', TLS_PORT: '' }, /^ACME_DOMAINS=shop\.test is not valid: certificates are of use only with TLS_PORT$/],
  [{ ACME_DOMAINS: '*.shop.test' }, /^ACME_DOMAINS=\*\.shop\.test is not valid: wildcards/],
  [{ ACME_CA: '/no/such/file' }, /^ACME_CA=\/no\/such\/file is not valid: it cannot be read/],
  [{ ACME_CA: '/etc/hostname' }, /^ACME_CA=\/etc\/hostname is not valid: expected a file with certificates as PEM$/],
  [{ ACME_DIRECTORY: 'http://ca.test/' }, /^ACME_DIRECTORY=http:\/\/ca\.test\/ is not valid: expected a url that begins with https/],
  [{ ACME_EMAIL: 'nobody' }, /^ACME_EMAIL=nobody is not valid: expected an address/],
  [{ TLS_DEFAULT_CERTIFICATE: 'other.test' }, /^TLS_DEFAULT_CERTIFICATE=other\.test is not valid/],
  [{ TLS_CERTIFICATES: '/no/such/folder' }, /^TLS_CERTIFICATES=\/no\/such\/folder is not valid/]
] as const) {
  test(`${JSON.stringify(settings)} stops the start`, async (t) => {
    const folder = await temporaryFolder()
    await assert.rejects(buildApp(t, { TLS_PORT: '0', ACME_DOMAINS: 'shop.test', ACME_STORAGE: folder, ...settings }), (error: Error) => {
      assert.match(error.message, expected)
      return true
    })
  })
}
