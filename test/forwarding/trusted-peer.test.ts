import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'
import { attack } from '../helpers/wire.ts'

const claims = {
  host: 'shop.example',
  'X-Forwarded-For': ['6.6.6.6, 7.7.7.7', '8.8.8.8'],
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'claimed.example',
  'X-Forwarded-Port': '443',
  'X-Request-Id': 'claimed',
  Forwarded: 'for=6.6.6.6',
  'X-Forwarded-Client-Cert': 'Hash=0'
}

const peers = [
  { trust: 'true', isTrusted: true },
  { trust: '127.0.0.1', isTrusted: true },
  { trust: '10.0.0.0/8, 127.0.0.0/8', isTrusted: true },
  { trust: 'false', isTrusted: false },
  { trust: '10.0.0.0/8,::1,127.0.0.2', isTrusted: false }
]

for (const { trust, isTrusted } of peers) {
  const judgement = isTrusted ? 'believed, and the chain grows by it' : 'not believed'
  test(`with TRUST_PROXY=${trust} a peer on loopback is ${judgement}`, async (t) => {
    const backend = await startBackend(t, answers('a'))
    const { url, port } = await startGateway(t, { BACKENDS: backend.url, TRUST_PROXY: trust })
    await send(url, { headers: claims })
    const { 'x-request-id': id, ...headers } = backend.requests[0]?.headers ?? {}
    const told = {
      for: headers['x-forwarded-for'],
      proto: headers['x-forwarded-proto'],
      host: headers['x-forwarded-host'],
      port: headers['x-forwarded-port'],
      forwarded: headers.forwarded,
      certificate: headers['x-forwarded-client-cert']
    }
    assert.deepEqual(
      told,
      isTrusted
        ? {
            for: '6.6.6.6, 7.7.7.7, 8.8.8.8, 127.0.0.1',
            proto: 'https',
            host: 'claimed.example',
            port: '443',
            forwarded: 'for=6.6.6.6',
            certificate: 'Hash=0'
          }
        : { for: '127.0.0.1', proto: 'http', host: 'shop.example', port: String(port), forwarded: undefined, certificate: undefined }
    )
    if (isTrusted) assert.equal(id, 'claimed')
    else assert.match(String(id), /^[0-9a-f]{12}-/)
  })
}

test('what a trusted peer does not say the gateway says', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const { url, port } = await startGateway(t, { BACKENDS: backend.url, TRUST_PROXY: 'true' })
  await send(url, { headers: { host: 'shop.example', 'x-forwarded-proto': 'https', 'x-request-id': '' } })
  const headers = backend.requests[0]?.headers
  assert.equal(headers?.['x-forwarded-for'], '127.0.0.1')
  assert.equal(headers?.['x-forwarded-proto'], 'https')
  assert.equal(headers?.['x-forwarded-host'], 'shop.example')
  assert.equal(headers?.['x-forwarded-port'], String(port))
  assert.match(String(headers?.['x-request-id']), /^[0-9a-f]{12}-/)
})

test('no two requests have the same X-Request-Id', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  for (let i = 0; i < 3; i++) await send(url)
  assert.equal(new Set(backend.requests.map(({ headers }) => headers['x-request-id'])).size, 3)
})

for (const [version, via, expected] of [
  ['1.1', '', /^1\.1 evenkeel-[0-9a-f]{12}$/],
  ['1.0', '', /^1\.0 evenkeel-[0-9a-f]{12}$/],
  [
    '1.1',
    'Via: 1.0 fred, 2 bob\r\nvia: 1.1 evenkeel-0123456789ab\r\n',
    /^1\.0 fred, 2 bob, 1\.1 evenkeel-0123456789ab, 1\.1 evenkeel-[0-9a-f]{12}$/
  ]
] as const) {
  test(`Via names the gateway behind ${JSON.stringify(via)} of a client of HTTP/${version}`, async (t) => {
    const backend = await startBackend(t, answers('a'))
    const { port } = await startGateway(t, { BACKENDS: backend.url })
    await attack(port, `GET / HTTP/${version}\r\nHost: h\r\nConnection: close\r\n${via}\r\n`)
    assert.match(backend.requests[0]?.headers.via ?? '', expected)
  })
}

test('a request that comes back is answered 508, and the gateway that sent it on passes that', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  const outer = await startGateway(t, { BACKENDS: url })
  assert.equal((await send(outer.url)).body, 'a')

  const { via = '' } = backend.requests[0]?.headers ?? {}
  for (const back of [url, outer.url]) {
    const { status, body } = await send(back, { headers: { via } })
    assert.deepEqual([status, JSON.parse(body).code], [508, 'EVENKEEL_LOOP'])
  }
  assert.equal(backend.requests.length, 1)
})
