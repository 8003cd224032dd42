import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { FakeClock } from '../helpers/clock.ts'
import { startWithFile } from '../helpers/config-gateway.ts'
import { startDnsServer, type DnsRecords } from '../helpers/dns-server.ts'
import { memoryLog } from '../helpers/log.ts'
import { temporaryFolder } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'

/** A backend on each of these addresses of this machine, all on one port; they say which one they are. */
async function startOn (t: TestContext, ...hosts: string[]) {
  let port = 0
  const well = new Set(hosts)
  for (const host of hosts) {
    const server = createServer((_req, res) => {
      res.statusCode = well.has(host) ? 200 : 503
      res.end(host)
    })
    await new Promise<void>((resolve) => server.listen(port, host, resolve))
    ;({ port } = server.address() as { port: number })
    t.after(() => {
      server.close()
      server.closeAllConnections()
    })
  }
  return { port, well }
}

/** A gateway with a service `api` that is discovered by a name server, whose records the test changes. */
async function start (t: TestContext, records: Record<string, DnsRecords>, hosts: string[], settings: Record<string, string> = {}) {
  const dns = await startDnsServer(t, records)
  const { port, well } = await startOn(t, ...hosts)
  const clock = new FakeClock()
  const { logger, lines } = memoryLog()
  const discover = `{ dns: api.test, port: ${port}, servers: ["${dns.address}"] }`
  const text = `services:\n  api: { discover: ${discover} }\nroutes:\n  - { service: api }\n`
  const gateway = await startWithFile(t, text, { HEALTH_CHECK_FALL: '1', ...settings }, { clock, logger })
  const { app, url, adminUrl } = gateway
  const known = (): string => app.services.get('api')?.backends().map(({ url: { hostname }, state }) => `${hostname} ${state}`).join() ?? ''
  const ask = async (): Promise<string> => await (await fetch(url)).text()
  const knows = async (what: string): Promise<void> => {
    await until(`the backends to be "${what}"`, () => known() === what)
  }
  const service = async () => (await (await fetch(`${adminUrl}/api/services`)).json() as Array<{ name: string, discovery: object }>)
    .find(({ name }) => name === 'api')
  return { ...gateway, dns, clock, well, known, knows, ask, service, lines, text, port }
}

const ttl = 2

test('all addresses of a name are backends from the start, and take turns', async (t) => {
  const { known, ask, service } = await start(t, { 'api.test': { a: ['127.0.0.1', '127.0.0.2'], ttl } }, ['127.0.0.1', '127.0.0.2'])
  assert.equal(known(), '127.0.0.1 healthy,127.0.0.2 healthy')
  assert.deepEqual([await ask(), await ask(), await ask()], ['127.0.0.1', '127.0.0.2', '127.0.0.1'])
  assert.deepEqual((await service())?.discovery, { by: 'DNS of api.test', ageMs: 0, problem: null })
})

test('who joins the name gets traffic after its check, and who leaves it drains', async (t) => {
  const hosts = ['127.0.0.1', '127.0.0.2']
  const { dns, clock, known, knows, ask } = await start(t, { 'api.test': { a: ['127.0.0.1'], ttl } }, hosts)
  assert.equal(known(), '127.0.0.1 healthy')
  dns.records['api.test'] = { a: hosts, ttl }
  clock.advance(2000)
  await knows('127.0.0.1 healthy,127.0.0.2 healthy')
  dns.records['api.test'] = { a: ['127.0.0.2'], ttl }
  clock.advance(2000)
  await knows('127.0.0.2 healthy')
  assert.equal(await ask(), '127.0.0.2')
})

test('an answer that says the same writes nothing', async (t) => {
  const { app, dns, clock } = await start(t, { 'api.test': { a: ['127.0.0.1'], ttl } }, ['127.0.0.1', '127.0.0.2'])
  let changes = 0
  app.registrations.changes.subscribe(() => { changes++ })
  const age = (): number => app.discovery.states().get('api')?.ageMs ?? NaN
  for (let i = 0; i < 3; i++) {
    clock.advance(2000)
    await until('the answer', () => age() === 0)
  }
  assert.equal(changes, 0)
  dns.records['api.test'] = { a: ['127.0.0.1', '127.0.0.2'], ttl }
  clock.advance(2000)
  await until('the change', () => changes > 0)
})

test('a name server that is away takes nothing, is told once, and its return is', async (t) => {
  const hosts = ['127.0.0.1', '127.0.0.2']
  const { app, dns, clock, knows, ask, service, lines } = await start(t, { 'api.test': { a: ['127.0.0.1'], ttl } }, hosts)
  dns.records['api.test'] = 'servfail'
  const asked = dns.asked.length
  await until('several failures', () => {
    clock.advance(10_000)
    return dns.asked.length > asked + 20 && [...app.discovery.states().values()].some(({ problem }) => problem !== null)
  })
  assert.equal(await ask(), '127.0.0.1')
  assert.match(JSON.stringify((await service())?.discovery), /"problem":"the name server has failed \(SERVFAIL\)"/)
  dns.records['api.test'] = { a: ['127.0.0.2'], ttl }
  await until('an answer', async () => {
    clock.advance(10_000)
    return await ask() === '127.0.0.2'
  })
  await knows('127.0.0.2 healthy')
  assert.deepEqual(lines().map(({ msg }) => msg).filter((msg) => msg.startsWith('discovery')), [
    'discovery has failed: the backends that were known stay', 'discovery works again'
  ])
})

test('a name that is not there at the start does not stop it, and is found when it comes', async (t) => {
  const { url, dns, clock, known, knows, ask } = await start(t, {}, ['127.0.0.1'])
  assert.equal(known(), '')
  assert.equal((await fetch(url)).status, 503)
  dns.records['api.test'] = { a: ['127.0.0.1'], ttl }
  clock.advance(5000)
  await knows('127.0.0.1 healthy')
  assert.equal(await ask(), '127.0.0.1')
})

test('what DNS said last is there after a restart while the name server is away', async (t) => {
  const REGISTRY_FILE = join(await temporaryFolder(), 'registry.json')
  const first = await start(t, { 'api.test': { a: ['127.0.0.1'], ttl } }, ['127.0.0.1'], { REGISTRY_FILE })
  await until('the file to be written', async () => (await readFile(REGISTRY_FILE, 'utf8').catch(() => '')).includes('127.0.0.1'))
  await first.app.close()
  first.dns.records['api.test'] = 'servfail'
  const second = await startWithFile(t, first.text, { REGISTRY_FILE }, { clock: new FakeClock() })
  assert.equal(await (await fetch(second.url)).text(), '127.0.0.1')
  assert.deepEqual(second.app.services.get('api')?.backends().map(({ source }) => source), ['dns'])
})

test('a backend that stands in the file stays, whatever DNS says of it; when it does not any more, DNS decides', async (t) => {
  const hosts = ['127.0.0.1', '127.0.0.2']
  const { app, dns, clock, write, text, port, knows } = await start(t, { 'api.test': { a: ['127.0.0.1'], ttl } }, hosts)
  const backends = hosts.map((host) => `"http://${host}:${port}"`).join()
  await write(text.replace('{ discover', `{ backends: [${backends}], discover`))
  await app.configFile.reload()
  await knows('127.0.0.1 healthy,127.0.0.2 healthy')
  dns.records['api.test'] = { a: ['127.0.0.2'], ttl }
  const asked = dns.asked.length
  clock.advance(2000)
  await until('the answers to be taken', () => dns.asked.length === asked + 2 && clock.hasTaskIn(2000))
  await knows('127.0.0.1 healthy,127.0.0.2 healthy')
  await write(text)
  await app.configFile.reload()
  await knows('127.0.0.2 healthy')
})

test('a service that is not discovered any more loses the backends that were', async (t) => {
  const { app, write, knows, clock } = await start(t, { 'api.test': { a: ['127.0.0.1'], ttl } }, ['127.0.0.1'])
  await write('services:\n  api: { backends: [] }\nroutes:\n  - { service: api }\n')
  await app.configFile.reload()
  await knows('')
  assert.deepEqual([...app.discovery.states()], [])
  assert.equal(clock.hasTaskIn(2000), false)
})
