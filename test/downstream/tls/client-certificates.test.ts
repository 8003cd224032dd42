import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { ClientPolicies, clientPolicy, nobodyAsked } from '../../../src/downstream/tls/client-auth.ts'
import { ClientCertificate } from '../../../src/downstream/tls/client-certificate.ts'
import { startMirror } from '../../helpers/backend.ts'
import { untrusted } from '../../helpers/certificate.ts'
import { client, clientCa, expiredClient } from '../../helpers/client-certificates.ts'
import { memoryLog } from '../../helpers/log.ts'
import { temporaryFolder } from '../../helpers/server-process.ts'
import { connectTls, exchange, startTlsGateway } from '../../helpers/tls.ts'
import { until } from '../../helpers/until.ts'

const fingerprint = createHash('sha256').update(new X509Certificate(client.cert).raw).digest('hex')
const subject = 'CN=J\\\\C3\\\\BCrgen,O=Team\\\\, \\\\\\"x\\\\\\"'
const line = `X-Forwarded-Client-Cert: Hash=${fingerprint};Subject="${subject}";URI="spiffe://shop/cart;v=1";DNS=cart.shop`

function get (host: string, more = ''): string {
  return `GET /x HTTP/1.1\r\nHost: ${host}\r\n${more}Connection: close\r\n\r\n`
}

async function newFolder (): Promise<string> {
  const folder = await temporaryFolder()
  writeFileSync(join(folder, 'ca.pem'), clientCa)
  return folder
}

async function start (t: TestContext, clientAuth: string, options: Parameters<typeof startTlsGateway>[2] = {}) {
  const folder = await newFolder()
  const settings = { TLS_CLIENT_AUTH: clientAuth, TLS_CLIENT_CA: join(folder, 'ca.pem'), BACKENDS: `${await startMirror(t)};check=tcp` }
  return { ...await startTlsGateway(t, settings, options), ca: join(folder, 'ca.pem') }
}

const shown = {
  none: {},
  right: client,
  expired: expiredClient,
  'signed by another': untrusted
} as const

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  for (const [auth, letsIn] of [['optional', ['none', 'right']], ['require', ['right']]] as const) {
    for (const [what, pair] of Object.entries(shown)) {
      const isIn = (letsIn as readonly string[]).includes(what)
      test(`with ${auth}, a client of ${maxVersion} that shows a certificate: ${what}, is ${isIn ? 'served' : 'refused'}`, async (t) => {
        const { tlsPort, app } = await start(t, auth)
        const answer = await exchange(await connectTls(t, tlsPort, { servername: 'localhost', maxVersion, ...pair }), get('localhost'))
        assert.match(answer, isIn ? /^HTTP\/1\.1 200/ : /^HTTP\/1\.1 400 [^]*EVENKEEL_CLIENT_CERTIFICATE/)
        assert.equal(answer.includes(line), what === 'right')
        if (isIn) return
        await until('the count', () => app.tls?.server.failures.size === 1)
        assert.deepEqual([...app.tls?.server.failures ?? []], [['client-certificate', 1]])
      })
    }
  }
}

test('a resumed session has the certificate of the first one', async (t) => {
  const { tlsPort } = await start(t, 'require')
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const options = { servername: 'localhost', maxVersion }
    const first = await connectTls(t, tlsPort, { ...options, ...client })
    const session = maxVersion === 'TLSv1.2' ? first.getSession() : (await once(first, 'session'))[0] as Buffer
    const resumed = await connectTls(t, tlsPort, { ...options, ...session !== undefined && { session } })
    assert.equal(resumed.isSessionReused(), true)
    assert.ok((await exchange(resumed, get('localhost'))).includes(line), maxVersion)
  }
})

test('what a client says of its certificate itself is never passed on, unless it is trusted', async (t) => {
  const { tlsPort } = await start(t, 'optional')
  const forged = 'X-Forwarded-Client-Cert: Hash=00\r\nX_Forwarded_Client_Cert: Hash=01\r\n'
  const socket = await connectTls(t, tlsPort, { servername: 'localhost' })
  assert.doesNotMatch(await exchange(socket, get('localhost', forged)), /client.cert/i)
})

test('owners see the certificate in their hooks, and none of a client that has shown none', async (t) => {
  const seen: unknown[] = []
  const plugin = fp(async (app: FastifyInstance) => {
    app.addHook('onRequest', async ({ clientCertificate }) => {
      seen.push(clientCertificate && [clientCertificate.subject, clientCertificate.dnsNames, clientCertificate.fingerprint])
    })
  })
  const { tlsPort } = await start(t, 'optional', { plugins: [plugin] })
  for (const pair of [client, {}]) await exchange(await connectTls(t, tlsPort, { servername: 'localhost', ...pair }), get('localhost'))
  assert.deepEqual(seen, [['CN=Jürgen,O=Team\\, \\"x\\"', ['cart.shop'], fingerprint], undefined])
})

async function startWithFile (t: TestContext, text: string, options: Parameters<typeof startTlsGateway>[2] = {}) {
  const folder = await newFolder()
  const file = join(folder, 'evenkeel.yaml')
  writeFileSync(file, text)
  const settings = { CONFIG_FILE: file, BACKENDS: `${await startMirror(t)};check=tcp` }
  return { ...await startTlsGateway(t, settings, options), file, ca: join(folder, 'ca.pem') }
}

const staffOnly = 'tls: { hosts: { elsewhere.test: { clientAuth: require, clientCa: ca.pem } } }'

test('the file asks clients of one host, and neither Host nor a session of another host gets around that', async (t) => {
  const { tlsPort } = await startWithFile(t, staffOnly)
  const open = await connectTls(t, tlsPort, { servername: 'localhost', maxVersion: 'TLSv1.2' })
  const session = open.getSession() as Buffer
  assert.match(await exchange(open, get('elsewhere.test:443')), /^HTTP\/1\.1 421 [^]*EVENKEEL_MISDIRECTED/)
  const around = await connectTls(t, tlsPort, { servername: 'elsewhere.test', maxVersion: 'TLSv1.2', session })
  assert.equal(around.isSessionReused(), false)
  assert.match(await exchange(around, get('elsewhere.test')), /^HTTP\/1\.1 400/)
  const asked = await connectTls(t, tlsPort, { servername: 'ELSEWHERE.test.', ...client })
  assert.match(await exchange(asked, get('Elsewhere.Test')), /^HTTP\/1\.1 200/)
  const other = await connectTls(t, tlsPort, { servername: 'elsewhere.test', ...client })
  assert.match(await exchange(other, get('localhost')), /^HTTP\/1\.1 421/)
  assert.match(await exchange(await connectTls(t, tlsPort, { servername: 'localhost' }), get('localhost')), /^HTTP\/1\.1 200/)
})

test('a route of the owner\'s is not reached around the policy of its host either', async (t) => {
  const plugin = fp(async (app: FastifyInstance) => { app.all('/*', async () => 'the owner\'s') })
  const { tlsPort } = await startWithFile(t, staffOnly, { plugins: [plugin] })
  assert.match(await exchange(await connectTls(t, tlsPort, { servername: 'localhost' }), get('elsewhere.test')), /^HTTP\/1\.1 421/)
})

test('what the file asks of clients changes while the gateway runs, also for connections that are open', async (t) => {
  const { tlsPort, app, file } = await startWithFile(t, 'tls: { clientAuth: none }')
  const before = await connectTls(t, tlsPort, { servername: 'localhost' })
  writeFileSync(file, 'tls: { clientAuth: require, clientCa: ca.pem }')
  await app.configFile.reload()
  await until('the new policy', () => app.tls?.server.servers.policies.of('localhost').auth === 'require')
  assert.match(await exchange(before, get('localhost')), /^HTTP\/1\.1 421/)
  const after = await connectTls(t, tlsPort, { servername: 'localhost', ...client })
  assert.match(await exchange(after, get('localhost')), /^HTTP\/1\.1 200/)
})

test('authorities that cannot be used leave what is asked of clients as it was, and that is said', async (t) => {
  const { lines, logger } = memoryLog()
  const { app, file, tlsPort, ca } = await startWithFile(t, staffOnly, { logger })
  writeFileSync(file, 'tls: { clientAuth: require, clientCa: gone.pem }')
  await app.configFile.reload()
  await until('the word of it', () => lines().some(({ msg, problem }) =>
    msg.startsWith('authorities of clients refused') && /gone\.pem cannot be used/.test(String(problem))))
  writeFileSync(ca, 'none')
  await app.tls?.reload()
  assert.equal(lines().filter(({ problem }) => /ca\.pem holds no certificate/.test(String(problem))).length, 1)
  const asked = await connectTls(t, tlsPort, { servername: 'elsewhere.test', ...client })
  assert.match(await exchange(asked, get('elsewhere.test')), /^HTTP\/1\.1 200/)
})

test('authorities that are replaced are taken: clients of the old ones are let in no more', async (t) => {
  const { app, ca, tlsPort } = await start(t, 'require')
  writeFileSync(ca, untrusted.cert)
  await app.tls?.reload()
  for (const [pair, status] of [[client, /^HTTP\/1\.1 400/], [untrusted, /^HTTP\/1\.1 200/]] as const) {
    assert.match(await exchange(await connectTls(t, tlsPort, { servername: 'localhost', ...pair }), get('localhost')), status)
  }
})

for (const [what, settings, problem] of [
  ['no authorities', { TLS_CLIENT_AUTH: 'require' }, /TLS_CLIENT_CA= is not valid: .*no authorities/],
  ['a file that is not there', { TLS_CLIENT_AUTH: 'require', TLS_CLIENT_CA: '/nowhere/ca.pem' }, /\/nowhere\/ca\.pem cannot be used/],
  ['a word that is none', { TLS_CLIENT_AUTH: 'always' }, /TLS_CLIENT_AUTH=always is not valid/]
] as const) {
  test(`${what}, where clients are asked for certificates, stops the start`, async (t) => {
    await assert.rejects(startTlsGateway(t, settings), problem)
  })
}

test('policies go by names as certificates do, and those that ask for the same are the same', () => {
  const asked = clientPolicy('require', 'a')
  const policies = new ClientPolicies(nobodyAsked, new Map([['*.shop.example', asked]]))
  assert.deepEqual(['A.shop.example.', 'a.b.shop.example', 'shop.example', undefined].map((name) => policies.of(name).auth),
    ['require', 'none', 'none', 'none'])
  assert.equal(policies.of('a.shop.example').id, clientPolicy('require', 'a').id)
  assert.notEqual(asked.id, clientPolicy('optional', 'a').id)
  assert.notEqual(asked.id, clientPolicy('require', 'b').id)
})

test('the line about a certificate is ASCII and cannot be broken out of', () => {
  const { forwardedLine } = new ClientCertificate(new X509Certificate(client.cert))
  assert.equal(forwardedLine, `${line}\r\n`)
})
