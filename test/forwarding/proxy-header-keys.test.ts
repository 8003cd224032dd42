import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import Fastify from 'fastify'
import evenkeelClient from '../../src/client/fastify.ts'
import { callApi, send } from '../helpers/client.ts'
import { startWithFile } from '../helpers/config-gateway.ts'
import { startDnsServer } from '../helpers/dns-server.ts'
import { backendsOf, startGateway, type TestGateway, untilOneIsHealthy } from '../helpers/gateway.ts'
import { startProxiedBackend } from '../helpers/proxied-backend.ts'
import { temporaryFolder } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'

const saidOf = ({ app }: Pick<TestGateway, 'app'>): unknown[] => backendsOf({ app }).map(({ spec: { sendProxy } }) => sendProxy)

test('a backend that registers may want headers, after a restart too, until it registers without them', async (t) => {
  const REGISTRY_FILE = join(await temporaryFolder(), 'registry.json')
  const backend = await startProxiedBackend(t)
  let gateway = await startGateway(t, { REGISTRY_FILE })
  const { status, body } = await callApi(gateway.adminUrl, 'POST', '/backends', { url: backend.url, sendProxy: 'v2' })
  assert.deepEqual([status, body['sendProxy']], [201, 'v2'])
  for (const isAgain of [false, true]) {
    if (isAgain) {
      await gateway.app.close()
      assert.equal(JSON.parse(await readFile(REGISTRY_FILE, 'utf8')).version, 2)
      gateway = await startGateway(t, { REGISTRY_FILE })
    }
    await untilOneIsHealthy(gateway)
    assert.equal((await send(gateway.url)).body, 'hello')
  }
  const again = await callApi(gateway.adminUrl, 'POST', '/backends', { url: backend.url })
  assert.deepEqual([again.status, again.body['sendProxy']], [200, null])
})

test('the API says what cannot be, and an event says what has changed', async (t) => {
  const { adminUrl, app } = await startGateway(t, { BACKENDS: 'http://127.0.0.1:1,https://127.0.0.1:2;proto=h2' })
  const whys: string[] = []
  app.services.events.subscribe((event) => { if (event.type === 'change') whys.push(event.why) })
  const http2 = 'is not for backends that speak HTTP/2: its connections carry the requests of many clients'
  const refused = await callApi(adminUrl, 'POST', '/backends', { url: 'h2c://127.0.0.1:3', sendProxy: 'v1' })
  assert.deepEqual([refused.status, refused.body['message']], [400, `body/sendProxy "v1" ${http2}`])
  assert.equal((await callApi(adminUrl, 'POST', '/backends', { url: 'h2c://127.0.0.1:3', sendProxy: 'none' })).status, 201)
  const [first, second] = backendsOf({ app }).map(({ id }) => id)
  const patched = await callApi(adminUrl, 'PATCH', `/backends/${second}`, { sendProxy: 'v2' })
  assert.equal(patched.body['message'], `body/sendProxy "v2" ${http2}`)
  assert.equal((await callApi(adminUrl, 'PATCH', `/backends/${first}`, { sendProxy: 'v3' })).status, 400)
  assert.equal((await callApi(adminUrl, 'PATCH', `/backends/${first}`, { sendProxy: 'v2' })).body['sendProxy'], 'v2')
  assert.ok(whys.some((why) => why.includes('PROXY header none > v2')), whys.join())
})

test('the file says it for a service, and otherwise for one of its backends; a reload changes it', async (t) => {
  const file = (service: string, ofA: string, ofB: string): string =>
    `services: { default: { ${service}backends: [{ url: "http://127.0.0.1:1"${ofA} }, "http://127.0.0.1:2${ofB}"] } }`
  const gateway = await startWithFile(t, file('sendProxy: v1, ', '', ''))
  assert.deepEqual(saidOf(gateway), ['v1', 'v1'])
  for (const [text, expected] of [
    [file('sendProxy: v1, ', ', sendProxy: none', ';sendProxy=v2'), [undefined, 'v2']],
    [file('', '', ''), [undefined, undefined]],
    [file('', ', sendProxy: v2', ';sendProxy=v1'), ['v2', 'v1']]
  ] as const) {
    await gateway.write(text)
    await gateway.app.configFile.reload()
    assert.deepEqual(saidOf(gateway), expected)
  }
  await gateway.write('services: { default: { sendProxy: v2, backends: ["h2c://127.0.0.1:1"] } }')
  assert.match(JSON.stringify(await gateway.app.configFile.reload()), /backends\[0\] is no backend: sendProxy \\"v2\\" is not for backends/)
  assert.deepEqual(saidOf(gateway), ['v2', 'v1'])
})

test('a service without backends of the file warns that they would get no headers', async (t) => {
  const { app } = await startWithFile(t, 'services: { default: { sendProxy: v2 } }')
  assert.match(app.configFile.state.warnings.join(), /services\.default\.sendProxy has no effect/)
})

test('discovered backends get headers', async (t) => {
  const backend = await startProxiedBackend(t)
  const dns = await startDnsServer(t, { 'api.test': { a: ['127.0.0.1'], ttl: 2 } })
  const discover = `{ dns: api.test, port: ${backend.port}, servers: ["${dns.address}"] }`
  const gateway = await startWithFile(t, `services: { default: { sendProxy: v1, discover: ${discover} } }`)
  assert.equal((await send(gateway.url)).body, 'hello')
  assert.deepEqual([saidOf(gateway), backend.malformed], [['v1'], []])
})

test('the client library says it', async (t) => {
  const gateway = await startGateway(t, {})
  const backend = Fastify()
  await backend.register(evenkeelClient, { gateway: gateway.adminUrl, sendProxy: 'v2' })
  await backend.listen({ port: 0, host: '127.0.0.1' })
  t.after(() => backend.close())
  await until('the registration', () => backendsOf(gateway).length === 1)
  assert.deepEqual(saidOf(gateway), ['v2'])
})
