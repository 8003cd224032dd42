import assert from 'node:assert/strict'
import { test } from 'node:test'
import formbody from '@fastify/formbody'
import type { FastifyInstance } from 'fastify'
import { echoes } from '../../helpers/backend.ts'
import { send } from '../../helpers/client.ts'
import { startByteClient } from '../../helpers/bytes.ts'
import { startWithPlugin } from './start.ts'

const form = { 'content-type': 'application/x-www-form-urlencoded' }

async function addForms (app: FastifyInstance): Promise<void> {
  await app.register(formbody)
  app.post('/own', { bodyLimit: 1000 }, async ({ body }) => body)
}

test('@fastify/formbody parses the form of an own route', async (t) => {
  const { url, backend } = await startWithPlugin(t, echoes, addForms)
  const answer = await send(`${url}/own`, { method: 'POST', headers: form, body: 'a=1&b=%C3%A9+x&a=2' })
  assert.deepEqual([answer.status, JSON.parse(Buffer.from(answer.body, 'latin1').toString())], [200, { a: ['1', '2'], b: 'é x' }])
  assert.equal(backend.requests.length, 0)
})

test('with @fastify/formbody a form that is forwarded arrives byte for byte', async (t) => {
  const { url, backend } = await startWithPlugin(t, echoes, addForms)
  const body = `a=1&b=%zz&&=&a=2&${'c=x&'.repeat(500_000)}`
  const answer = await send(`${url}/theirs`, { method: 'POST', headers: { ...form, 'content-length': String(body.length) }, body })
  assert.ok(answer.body === body)
  const { headers } = backend.requests[0] ?? assert.fail()
  assert.deepEqual([headers['content-type'], headers['content-length']], [form['content-type'], String(body.length)])
})

for (const framing of ['Content-Length: 2000\r\n\r\n', 'Transfer-Encoding: chunked\r\n\r\n7d0\r\n']) {
  test(`a form beyond the limit of its own route is answered with 413, sent with ${framing.split(':')[0]}`, async (t) => {
    const { port } = await startWithPlugin(t, echoes, addForms)
    const client = await startByteClient(t, port,
      `POST /own HTTP/1.1\r\nHost: h\r\nContent-Type: ${form['content-type']}\r\n${framing}${'a=1&'.repeat(500)}`)
    assert.match(await client.hears('FST_ERR_CTP_BODY_TOO_LARGE'), /^HTTP\/1\.1 413 /)
  })
}

test('a form in pieces, and the request that follows it on its connection, are both answered', async (t) => {
  const { port } = await startWithPlugin(t, echoes, addForms)
  const client = await startByteClient(t, port,
    `POST /own HTTP/1.1\r\nHost: h\r\nContent-Type: ${form['content-type']}\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na=`)
  client.say('1\r\n4\r\n&b=2\r\n0\r\n\r\nPOST /next HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nnext')
  assert.match(await client.hears('\r\n4\r\nnext\r\n0\r\n\r\n'), /\{"a":"1","b":"2"\}HTTP\/1\.1 200 OK\r\n/)
})
