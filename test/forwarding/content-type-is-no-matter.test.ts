import assert from 'node:assert/strict'
import { test } from 'node:test'
import { echoes, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'

const cases: [what: string, contentType: string | undefined, body: string][] = [
  ['JSON that is none', 'application/json', '{"a":'],
  ['JSON that would poison a prototype', 'application/json', '{"__proto__":{"a":1}}'],
  ['empty JSON', 'application/json', ''],
  ['a body without a content type', undefined, 'what am I'],
  ['a content type that is none', 'nonsense', 'what am I'],
  ['a content type that nobody knows', 'application/x-unheard-of; a="b', 'what am I'],
  ['a form', 'application/x-www-form-urlencoded', 'a=1&&%zz'],
  ['a form without its boundary', 'multipart/form-data', '--x']
]

for (const [what, contentType, body] of cases) {
  test(`${what} passes untouched`, async (t) => {
    const backend = await startBackend(t, echoes)
    const { url } = await startGateway(t, { BACKENDS: backend.url })
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']) {
      const headers = { 'content-length': String(body.length), ...(contentType !== undefined && { 'content-type': contentType }) }
      const answer = await send(url, { method, headers, body })
      assert.deepEqual([answer.status, answer.body], [200, body], method)
      assert.equal(backend.requests.at(-1)?.headers['content-type'], contentType)
    }
  })
}

test('a body of several MiB passes, since Fastify\'s limit is not the gateway\'s', async (t) => {
  const backend = await startBackend(t, echoes)
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  const body = 'x'.repeat(3 * 1024 * 1024)
  const answer = await send(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  assert.equal(answer.status, 200)
  assert.ok(answer.body === body)
})
