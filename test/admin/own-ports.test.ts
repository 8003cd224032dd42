import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { backendsOf, startGateway } from '../helpers/gateway.ts'

async function register (adminUrl: string, url: string): Promise<{ status: number, body: Record<string, unknown> }> {
  const headers = { 'content-type': 'application/json' }
  const { status, body } = await send(`${adminUrl}/api/backends`, { method: 'POST', headers, body: JSON.stringify({ url }) })
  return { status, body: JSON.parse(body) }
}

const hosts = [
  '127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0177.0.0.1', '127.0.0.1.', '%31%32%37.0.0.1',
  '１２７.0.0.1', 'localhost', 'LOCALHOST', '127.0.0.2', '[::1]', '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]', '[::FFFF:7f00:1]', '[0:0:0:0:0:ffff:127.0.0.1]',
  '[::127.0.0.1]', '[::ffff:0:127.0.0.1]', '[64:ff9b::127.0.0.1]', '[64:ff9b::7f00:1]', '[64:ff9b:1::127.0.0.1]', '[2002:7f00:1::]'
]

test('the gateway\'s own ports are no backends, however they are written', async (t) => {
  const { adminUrl, url, app } = await startGateway(t, { REGISTRY_ALLOW: '0.0.0.0/0,::/0' })
  for (const { port } of [new URL(adminUrl), new URL(url)]) {
    for (const host of hosts) {
      const { status, body } = await register(adminUrl, `http://${host}:${port}`)
      assert.deepEqual([status, body['code']], [403, 'EVENKEEL_ADDRESS_NOT_ALLOWED'], host)
      assert.match(String(body['message']), /it is the gateway itself/, host)
    }
  }
  assert.equal(backendsOf({ app }).length, 0)
})

test('two notations of one address are one backend, dialled as it was judged', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const { adminUrl, app } = await startGateway(t, {})
  const replies = []
  for (const host of ['127.0.0.1', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '2130706433']) {
    replies.push(await register(adminUrl, `http://${host}:${backend.port}`))
  }
  assert.deepEqual(replies.map(({ status, body }) => [status, body['url']]), [201, 200, 200, 200].map((status) => [status, backend.url]))
  assert.equal(backendsOf({ app }).length, 1)
})
