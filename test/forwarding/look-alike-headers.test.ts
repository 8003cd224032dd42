import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { answers, startBackend } from '../helpers/backend.ts'
import { startGateway } from '../helpers/gateway.ts'
import { attack } from '../helpers/wire.ts'

/** What a peer claims of the request; what it says of the message and the connection. */
const claims = [
  'X-Forwarded-For', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'X-Forwarded-Port', 'X-Forwarded-Prefix', 'X-Forwarded-Server',
  'X-Forwarded-Scheme', 'X-Forwarded-Ssl', 'X-Forwarded', 'X-Real-IP', 'X-Request-Id',
  'X-Forwarded-Client-Cert', 'Client-Cert', 'Client-Cert-Chain'
]
const ofMessage = ['Content-Length', 'Transfer-Encoding', 'Keep-Alive', 'Proxy-Connection', 'Evenkeel-Explain']

/** Nobody would take these for one of the above. */
const others = [
  'X_Forwarded_Fo', 'X_Forwarded_Fors', 'XX_Forwarded_For', 'X_Real_IQ', 'User_Agent', 'X_User', 'Content_Type', 'x_y-z', '_',
  '____________', 'X_Forwarded_By'
]

/** The name with `_` for each choice of its hyphens but for none of them, in three cases. */
function lookAlikesOf (name: string): string[] {
  const parts = name.split('-')
  const choices = Array.from({ length: 2 ** (parts.length - 1) - 1 }, (_, choice) => {
    return parts.reduce((text, part, i) => `${text}${((choice + 1) >> (i - 1)) & 1 ? '_' : '-'}${part}`)
  })
  return choices.flatMap((choice) => [choice, choice.toLowerCase(), choice.toUpperCase()])
}

/** Sends all of the names in one request, each with a value of its own; resolves with those that the backend got with it. */
async function passing (t: TestContext, names: readonly string[], trust: string): Promise<string[]> {
  const backend = await startBackend(t, answers('a'))
  const { port } = await startGateway(t, { BACKENDS: backend.url, TRUST_PROXY: trust })
  const fields = names.map((name) => `${name}: claimed-${name}\r\n`).join('')
  await attack(port, `GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${fields}\r\n`)
  const { rawHeaders } = backend.requests[0] ?? assert.fail('the backend got no request')
  return names.filter((name) => rawHeaders.some((text, at) => at % 2 === 0 && text === name && rawHeaders[at + 1] === `claimed-${name}`))
}

test('look-alikes are made for each choice of hyphens', () => {
  assert.deepEqual(lookAlikesOf('A-b-C').filter((_, i) => i % 3 === 0), ['A_b-C', 'A-b_C', 'A_b_C'])
})

for (const trust of ['true', 'false']) {
  test(`a header that reads like one that the gateway sets or removes is dropped, with TRUST_PROXY=${trust}`, async (t) => {
    assert.deepEqual(await passing(t, [...claims, ...ofMessage].flatMap(lookAlikesOf), trust), [])
  })

  test(`other names with underscores pass, with TRUST_PROXY=${trust}`, async (t) => {
    assert.deepEqual(await passing(t, others, trust), others)
  })
}

test('what a stranger claims with a header of its own is dropped, and passes from a trusted peer', async (t) => {
  const names = ['Forwarded', ...claims.filter((name) => !/-(For|Proto|Host|Port|Id)$/.test(name))]
  assert.deepEqual(await passing(t, names, 'false'), [])
  assert.deepEqual(await passing(t, names, 'true'), names)
})

test('look-alikes in trailers are dropped', async (t) => {
  const backend = await startBackend(t, (req, res) => {
    req.resume()
    req.on('end', () => { res.end(JSON.stringify(req.rawTrailers)) })
  })
  const { port } = await startGateway(t, { BACKENDS: backend.url })
  const received = await attack(port,
    'POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n' +
    '0\r\nX_Sum: 7\r\nX_Forwarded_For: 6.6.6.6\r\nContent_Length: 9\r\n\r\n')
  assert.ok(received.endsWith('["X_Sum","7"]'), received)
})

test('a response keeps its headers, whatever they look like', async (t) => {
  const fields = { 'X-Real-IP': '1', X_Forwarded_For: '2', Content_Length: '3', 'X-Forwarded-Prefix': '4', X_Request_Id: '5' }
  const backend = await startBackend(t, (_req, res) => { res.writeHead(200, fields).end() })
  const { port } = await startGateway(t, { BACKENDS: backend.url })
  const received = await attack(port, 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
  for (const [name, value] of Object.entries(fields)) assert.ok(received.includes(`\r\n${name}: ${value}\r\n`), received)
})
