import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApp } from '../../src/app.ts'
import { clientAddressOf, describePeer, parseTrust, peerOf, type Trust } from '../../src/downstream/trust.ts'
import { answers, neverAnswers, startBackend } from '../helpers/backend.ts'
import { open, send } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'
import { memoryLog } from '../helpers/log.ts'
import { until } from '../helpers/until.ts'

interface Case {
  readonly peer?: string
  readonly trust?: string
  readonly forwarded?: string
}

function clientOf ({ peer = '10.0.0.1', trust: setting = '10.0.0.0/8', forwarded }: Case): string {
  const trust = parseTrust(setting) as Trust
  return clientAddressOf(describePeer({ remoteAddress: peer }, trust), forwarded, trust)
}

for (const [what, forwarded, client] of [
  ['an address', '203.0.113.9', '203.0.113.9'],
  ['an address with a port', '203.0.113.9:40001', '203.0.113.9'],
  ['an IPv6 address', '2001:DB8:0::1', '2001:db8::1'],
  ['an IPv6 address with a port', '[2001:db8::1]:443', '2001:db8::1'],
  ['an IPv6 address in brackets', '[2001:db8::1]', '2001:db8::1'],
  ['an IPv4-mapped address', '::ffff:203.0.113.9', '203.0.113.9'],
  ['an IPv4-mapped address in hex, with a port', '[::ffff:cb00:7109]:80', '203.0.113.9'],
  ['a chain', '6.6.6.6, 203.0.113.9:1, 10.9.9.9:2, ::ffff:10.9.9.8', '203.0.113.9'],
  ['trusted addresses only', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
  ['a chain without blanks', '6.6.6.6,203.0.113.9', '203.0.113.9'],
  ['no address', 'unknown', '10.0.0.1'],
  ['nothing', '', '10.0.0.1'],
  ['a comma', ',', '10.0.0.1'],
  ['bytes for a terminal', '\x1b[2J\x9b31m', '10.0.0.1'],
  ['3000 characters', 'x'.repeat(3000), '10.0.0.1'],
  ['an address with more behind it', '203.0.113.9\u2028', '203.0.113.9'],
  ['a zone with bytes for a terminal', 'fe80::1%\x9b31m', '10.0.0.1'],
  ['no address before a trusted one', 'x, 10.0.0.2', '10.0.0.2']
] as const) {
  test(`the client of a trusted peer that forwards for ${what} is ${client}`, () => { assert.equal(clientOf({ forwarded }), client) })
}

for (const peer of ['10.0.0.1', '::ffff:10.0.0.1', '::FFFF:a00:1']) {
  test(`a peer at ${peer} is the one that 10.0.0.0/8 and ::ffff:10.0.0.0/104 trust`, () => {
    for (const trust of ['10.0.0.0/8', '::ffff:10.0.0.0/104', '10.0.0.1', '::ffff:a00:1']) {
      assert.equal(clientOf({ peer, trust, forwarded: '203.0.113.9' }), '203.0.113.9', trust)
    }
    assert.equal(clientOf({ peer, trust: 'false', forwarded: '203.0.113.9' }), '10.0.0.1')
  })
}

test('a peer on a link is trusted whatever the name of its interface', () => {
  assert.equal(clientOf({ peer: 'fe80::1%eth0', trust: 'fe80::/10', forwarded: '203.0.113.9' }), '203.0.113.9')
  assert.equal(clientOf({ peer: 'fe80::1%eth0', trust: 'fe80::2', forwarded: '203.0.113.9' }), 'fe80::1')
})

test('an address that only leads to a trusted one is not trusted', () => {
  for (const peer of ['64:ff9b::10.0.0.1', '::10.0.0.1', '2002:a00:1::']) {
    assert.notEqual(clientOf({ peer, forwarded: '203.0.113.9' }), '203.0.113.9')
  }
})

test('the peer of a connection is worked out once', () => {
  let asked = 0
  const socket = { get remoteAddress () { asked++; return '::ffff:10.0.0.1' } }
  const trust = parseTrust('10.0.0.0/8') as Trust
  for (let i = 0; i < 3; i++) assert.equal(peerOf(socket, trust).address, '10.0.0.1')
  assert.equal(asked, 1)
})

for (const trust of ['10.0.0.0/33', 'yes', 'fe80::1%eth0']) {
  test(`TRUST_PROXY=${trust} is refused`, async () => {
    const what = `"${trust}" is neither an address nor a CIDR; expected true, false, or some of these separated by commas`
    const message = `TRUST_PROXY=${trust} is not valid: ${what}`
    await assert.rejects(createApp({ env: { TRUST_PROXY: trust, REGISTRY_FILE: '' } }), { name: 'SettingError', message })
  })
}

test('with HASH_KEY=ip the connections of one client go to one backend, whatever their ports', async (t) => {
  const backends = await Promise.all(['a', 'b', 'c'].map((name) => startBackend(t, answers(name))))
  const settings = { BALANCER: 'consistent-hash', HASH_KEY: 'ip', TRUST_PROXY: '127.0.0.1' }
  const { url } = await startGateway(t, { ...settings, BACKENDS: backends.map((backend) => backend.url).join(',') })
  for (const [host, forms] of [
    ['203.0.113.9', ['203.0.113.9', '::ffff:203.0.113.9', '[::ffff:cb00:7109]:2']],
    ['[2001:db8::1]', ['2001:db8::1', '[2001:DB8:0::1]:2']]
  ] as const) {
    const bodies = new Set<string>()
    for (const form of [...forms, ...Array.from({ length: 20 }, (_, at) => `${host}:${40_000 + at}`)]) {
      bodies.add((await send(url, { headers: { 'x-forwarded-for': form } })).body)
    }
    assert.equal(bodies.size, 1)
  }
})

test('a client that left before a backend was there is logged with its address', async (t) => {
  const busy = await startBackend(t, neverAnswers)
  const log = memoryLog()
  const { url, app } = await startGateway(t, { BACKENDS: busy.url, MAX_REQUESTS_PER_BACKEND: '1' }, { logger: log.logger })
  const first = open(url).catch(() => {})
  await until('the first request', () => busy.requests.length === 1)
  const abort = new AbortController()
  const left = fetch(`${url}/left`, { signal: abort.signal }).catch(() => {})
  await until('the second to wait', () => app.services.queued === 1)
  abort.abort()
  const { client } = await until('its line', () => log.lines('request').find(({ path }) => path === '/left'))
  assert.equal(client, '127.0.0.1')
  await busy.die()
  await Promise.all([first, left])
})
