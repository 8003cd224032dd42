import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { askDns } from '../../src/discovery/dns-answers.ts'
import { createNameServers } from '../../src/discovery/name-servers.ts'
import { startDnsServer, type DnsRecords } from '../helpers/dns-server.ts'

async function start (t: TestContext, records: Record<string, DnsRecords>) {
  const { address, asked } = await startDnsServer(t, records)
  const servers = createNameServers([address])
  const ask = async (name: string, type: 'addresses' | 'srv' = 'addresses', family?: 4 | 6) =>
    await askDns({ type, name, port: type === 'srv' ? 0 : 80, family }, servers)
  return { ask, asked, records }
}

const endpoint = (host: string, port = 80, weight = 1, isBackup = false) => ({ host, port, weight, isBackup })

test('all addresses of a name are endpoints, of both families, for the shortest of their times', async (t) => {
  const { ask } = await start(t, { 'api.test': { a: ['10.0.0.1', '10.0.0.2'], aaaa: ['fd00:0:0:0:0:0:0:1'], ttl: 7 } })
  const endpoints = [endpoint('10.0.0.1'), endpoint('10.0.0.2'), endpoint('fd00::1')]
  assert.deepEqual(await ask('api.test'), { endpoints, ttl: 7 })
})

test('one family can be asked for alone', async (t) => {
  const { ask, asked } = await start(t, { 'api.test': { a: ['10.0.0.1'], aaaa: ['fd00:0:0:0:0:0:0:1'] } })
  assert.deepEqual((await ask('api.test', 'addresses', 4)).endpoints, [endpoint('10.0.0.1')])
  assert.deepEqual((await ask('api.test', 'addresses', 6)).endpoints, [endpoint('fd00::1')])
  assert.deepEqual(asked, ['a api.test', 'aaaa api.test'])
})

test('a name that is not there, or has no address, has no endpoints: that is an answer', async (t) => {
  const { ask } = await start(t, { 'none.test': {} })
  assert.deepEqual(await ask('api.test'), { endpoints: [], ttl: undefined })
  assert.deepEqual(await ask('none.test'), { endpoints: [], ttl: undefined })
})

test('a name server that fails says nothing, and is asked anew', async (t) => {
  const { ask, records } = await start(t, { 'api.test': 'servfail' })
  await assert.rejects(ask('api.test'), { code: 'ESERVFAIL' })
  records['api.test'] = { a: ['10.0.0.1'] }
  assert.deepEqual((await ask('api.test')).endpoints, [endpoint('10.0.0.1')])
})

test('a failure for a family that never had an address takes nothing from the other; for one that had, it does', async (t) => {
  const { ask, records } = await start(t, { 'api.test': { a: ['10.0.0.1'], aaaa: 'refused' } })
  assert.deepEqual((await ask('api.test')).endpoints, [endpoint('10.0.0.1')])
  records['api.test'] = { a: [], aaaa: 'refused' }
  await assert.rejects(ask('api.test'), { code: 'EREFUSED' })
  records['api.test'] = { a: ['10.0.0.1'], aaaa: ['fd00:0:0:0:0:0:0:1'] }
  await ask('api.test')
  records['api.test'] = { a: ['10.0.0.1'], aaaa: 'refused' }
  await assert.rejects(ask('api.test'), { code: 'EREFUSED' })
})

test('an answer is asked for each time: nothing is remembered for its time', async (t) => {
  const { ask, records } = await start(t, { 'api.test': { a: ['10.0.0.1'], ttl: 600 } })
  await ask('api.test')
  records['api.test'] = { a: ['10.0.0.2'], ttl: 600 }
  assert.deepEqual((await ask('api.test')).endpoints, [endpoint('10.0.0.2')])
})

test('SRV records give ports, weights and backups', async (t) => {
  const { ask } = await start(t, {
    '_http._tcp.api.test': {
      srv: [
        { priority: 20, weight: 5, port: 3003, target: 'c.test' },
        { priority: 10, weight: 3, port: 3001, target: 'a.test' },
        { priority: 10, weight: 0, port: 3002, target: 'b.test' }
      ]
    },
    'a.test': { a: ['10.0.0.1'] },
    'b.test': { a: ['10.0.0.2', '10.0.0.3'] },
    'c.test': { a: ['10.0.0.4'] }
  })
  assert.deepEqual((await ask('_http._tcp.api.test', 'srv')).endpoints, [
    endpoint('10.0.0.1', 3001, 3), endpoint('10.0.0.2', 3002, 1), endpoint('10.0.0.3', 3002, 1), endpoint('10.0.0.4', 3003, 5, true)
  ])
})

test('weights of SRV records are scaled to those of backends', async (t) => {
  const srv = [{ priority: 0, weight: 65_535, port: 1, target: 'a.test' }, { priority: 0, weight: 6554, port: 2, target: 'a.test' }]
  const { ask } = await start(t, { 'api.test': { srv }, 'a.test': { a: ['10.0.0.1'] } })
  assert.deepEqual((await ask('api.test', 'srv')).endpoints.map(({ weight }) => weight), [1000, 100])
})

test('an SRV target that cannot be looked up makes the whole answer none; one that does not exist is left out', async (t) => {
  const srv = [{ priority: 0, weight: 1, port: 1, target: 'a.test' }, { priority: 0, weight: 1, port: 2, target: 'b.test' }]
  const { ask, records } = await start(t, { 'api.test': { srv }, 'a.test': { a: ['10.0.0.1'] }, 'b.test': 'servfail' })
  await assert.rejects(ask('api.test', 'srv'), { code: 'ESERVFAIL' })
  records['b.test'] = 'nxdomain'
  assert.deepEqual((await ask('api.test', 'srv')).endpoints, [endpoint('10.0.0.1', 1)])
})

test('a target of "." says that there is no such service', async (t) => {
  const { ask } = await start(t, { 'api.test': { srv: [{ priority: 0, weight: 0, port: 0, target: '.' }] } })
  assert.deepEqual((await ask('api.test', 'srv')).endpoints, [])
})

test('without servers the system is asked for names without a dot, and for what DNS does not know', async () => {
  const servers = createNameServers([])
  const found = await servers.addresses('localhost', 4)
  assert.deepEqual(found, [{ address: '127.0.0.1', ttl: undefined }])
})
