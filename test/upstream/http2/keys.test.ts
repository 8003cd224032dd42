import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createSecureServer } from 'node:http2'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import Fastify from 'fastify'
import evenkeelClient from '../../../src/client/fastify.ts'
import { listen } from '../../helpers/backend.ts'
import { signed } from '../../helpers/certificate.ts'
import { callApi, send } from '../../helpers/client.ts'
import { startWithFile } from '../../helpers/config-gateway.ts'
import { startDnsServer } from '../../helpers/dns-server.ts'
import { backendsOf, startGateway, untilOneIsHealthy } from '../../helpers/gateway.ts'
import { answer, startHttp2Backend } from '../../helpers/http2-backend.ts'
import { temporaryFolder } from '../../helpers/server-process.ts'
import { until } from '../../helpers/until.ts'

const trusting = 'services: { default: { tls: { verify: false } } }'

/** A backend by TLS that speaks what its client likes best, and says which one that is. */
async function startByTls (t: TestContext): Promise<number> {
  const server = createSecureServer({ ...signed, allowHTTP1: true }, (req, res) => { res.end(req.httpVersion) })
  const port = await listen(server)
  const sockets = new Set<Socket>()
  server.on('secureConnection', (socket: Socket) => { sockets.add(socket) })
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return port
}

test('backends by HTTP/2 register over the API, and are asked by it after a restart', async (t) => {
  const REGISTRY_FILE = join(await temporaryFolder(), 'registry.json')
  const plain = await startHttp2Backend(t, (stream) => { answer(stream, '2.0') })
  const secure = `https://127.0.0.1:${await startByTls(t)}`
  let gateway = await startWithFile(t, trusting, { REGISTRY_FILE })
  for (const said of [{ url: plain.url }, { url: secure, protocol: 'h2' }]) {
    const { status, body } = await callApi(gateway.adminUrl, 'POST', '/backends', said)
    assert.deepEqual([status, body['url'], body['protocol']], [201, said.url, 'h2'])
  }
  for (const isAgain of [false, true]) {
    if (isAgain) {
      await gateway.app.close()
      assert.equal(JSON.parse(await readFile(REGISTRY_FILE, 'utf8')).version, 2)
      gateway = await startWithFile(t, trusting, { REGISTRY_FILE })
    }
    await until('two healthy backends', () => backendsOf(gateway).filter(({ state }) => state === 'healthy').length === 2)
    assert.deepEqual([(await send(gateway.url)).body, (await send(gateway.url)).body], ['2.0', '2.0'])
  }
})

test('the protocol of a backend is changed while the gateway runs, by PATCH or when it registers anew', async (t) => {
  const url = `https://127.0.0.1:${await startByTls(t)}`
  const gateway = await startWithFile(t, trusting)
  const { body: { id } } = await callApi(gateway.adminUrl, 'POST', '/backends', { url })
  await untilOneIsHealthy(gateway)
  const spoken = async (): Promise<string> => (await send(gateway.url)).body
  assert.equal(await spoken(), '1.1')
  assert.equal((await callApi(gateway.adminUrl, 'PATCH', `/backends/${String(id)}`, { protocol: 'h2' })).body['protocol'], 'h2')
  assert.equal(await spoken(), '2.0')
  await callApi(gateway.adminUrl, 'PATCH', `/backends/${String(id)}`, { weight: 2 })
  assert.equal(await spoken(), '2.0')
  assert.equal((await callApi(gateway.adminUrl, 'POST', '/backends', { url })).body['protocol'], 'http/1.1')
  assert.equal(await spoken(), '1.1')
})

test('the API says what of a backend cannot be true together', async (t) => {
  const { adminUrl } = await startGateway(t, { BACKENDS: 'http://127.0.0.1:1' })
  const refusal = async (body: object) => (await callApi(adminUrl, 'POST', '/backends', body)).body['message']
  assert.equal(await refusal({ url: 'http://127.0.0.1:2', protocol: 'h2' }),
    'body/protocol "h2" is not for http://; for HTTP/2 without TLS, write h2c://')
  assert.equal(await refusal({ url: 'h2c://127.0.0.1:2', protocol: 'http/1.1' }),
    'body/protocol "http/1.1" contradicts h2c://, which is HTTP/2')
  assert.equal(await refusal({ url: 'h2c://127.0.0.1:2', protocol: 'h3' }),
    'body/protocol must be one of h2,http/1.1')
  assert.equal(await refusal({ url: 'https://127.0.0.1:2', healthCheck: { type: 'grpc' } }),
    'body/healthCheck.type "grpc" needs a backend that speaks HTTP/2: h2c://, or protocol "h2" with https:// or unix:')
  const [{ id }] = JSON.parse((await send(`${adminUrl}/api/backends`)).body) as [{ id: string }]
  assert.equal((await callApi(adminUrl, 'PATCH', `/backends/${id}`, { protocol: 'h2' })).status, 400)
})

test('the file says a protocol for a service, and otherwise for one of its backends; a reload changes it', async (t) => {
  const [a, b] = [await startByTls(t), await startByTls(t)]
  const file = (service: string, ofA: string, ofB: string): string =>
    `services: { default: { tls: { verify: false }, ${service}` +
    `backends: [{ url: "https://127.0.0.1:${a}"${ofA} }, "https://127.0.0.1:${b}${ofB}"] } }`
  const { app, url, write } = await startWithFile(t, file('protocol: h2, ', '', ''))
  const spoken = async (): Promise<string[]> => [(await send(url)).body, (await send(url)).body]
  assert.deepEqual(await spoken(), ['2.0', '2.0'])
  for (const [text, expected] of [
    [file('protocol: h2, ', ', protocol: http/1.1', ''), ['1.1', '2.0']],
    [file('protocol: h2, ', '', ';proto=http/1.1'), ['1.1', '2.0']],
    [file('', '', ''), ['1.1', '1.1']],
    [file('', ', protocol: h2', ';proto=h2'), ['2.0', '2.0']]
  ] as const) {
    await write(text)
    await app.configFile.reload()
    assert.deepEqual((await spoken()).sort(), expected)
  }
  await write(`services: { default: { protocol: h2, backends: [{ url: "http://127.0.0.1:${a}" }] } }`)
  assert.match(JSON.stringify(await app.configFile.reload()),
    /backends\[0\] is no backend: protocol \\"h2\\" is not for http:\/\/; for HTTP\/2 without TLS, write h2c:\/\//)
})

test('a service in the file is checked by gRPC, unless a backend says otherwise', async (t) => {
  const text = `services:
  default:
    healthCheck: { type: grpc, service: shop.Orders }
    backends: ["h2c://127.0.0.1:1", { url: "h2c://127.0.0.1:2", healthCheck: { type: tcp } },
      { url: "h2c://127.0.0.1:3", healthCheck: { service: shop.Other } }]
`
  const { app } = await startWithFile(t, text)
  assert.deepEqual(backendsOf({ app }).map(({ healthCheck }) => healthCheck), [
    { type: 'grpc', service: 'shop.Orders' }, { type: 'tcp' }, { service: 'shop.Other', type: 'grpc' }
  ])
})

test('discovered backends are asked by HTTP/2 without TLS, or with it', async (t) => {
  const plain = await startHttp2Backend(t, (stream) => { answer(stream, 'plain') })
  const dns = await startDnsServer(t, { 'api.test': { a: ['127.0.0.1'], ttl: 2 } })
  const discover = (port: string | number, protocol: string): string =>
    `discover: { dns: api.test, port: ${port}, protocol: ${protocol}, servers: ["${dns.address}"] }`
  const tls = `tls: { verify: false }, protocol: h2, ${discover(await startByTls(t), 'https')}`
  const first = await startWithFile(t, `services: { default: { ${discover(new URL(plain.url).port, 'h2c')} } }`)
  assert.equal((await send(first.url)).body, 'plain')
  const second = await startWithFile(t, `services: { default: { ${tls} } }`)
  assert.equal((await send(second.url)).body, '2.0')
})

test('the client library registers a Fastify of HTTP/2 as what it is, and lets it leave', async (t) => {
  const gateway = await startGateway(t, {})
  const backend = Fastify({ http2: true })
  backend.get('/health', () => 'fine')
  backend.get('/', ({ raw }) => raw.httpVersion)
  await backend.register(evenkeelClient, { gateway: gateway.adminUrl })
  await backend.listen({ port: 0, host: '127.0.0.1' })
  t.after(() => backend.close())
  await untilOneIsHealthy(gateway)
  assert.equal((await send(gateway.url)).body, '2.0')
  assert.equal(backendsOf(gateway)[0]?.url.protocol, 'h2c:')
  await backend.close()
  assert.deepEqual(backendsOf(gateway), [])
})
