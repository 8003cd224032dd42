import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { startBackend } from '../helpers/backend.ts'
import { open, send } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'

for (const framing of [{}, { 'content-length': '12' }]) {
  test(`the client has the first piece before the second is sent, with ${Object.keys(framing)[0] ?? 'no content-length'}`, async (t) => {
    let held: ServerResponse | undefined
    const backend = await startBackend(t, (_req, res) => {
      held = res.writeHead(200, framing)
      res.write('first ')
    })
    const { url } = await startGateway(t, { BACKENDS: backend.url })
    const received: string[] = []
    for await (const piece of (await open(url)).setEncoding('utf8')) {
      received.push(piece)
      if (received.length === 1) held?.end('second')
    }
    assert.deepEqual(received, ['first ', 'second'])
  })
}

test('the client has the head before there is a body', async (t) => {
  let held: ServerResponse | undefined
  const backend = await startBackend(t, (_req, res) => {
    held = res
    res.writeHead(201, 'Made', { 'x-a': '1' }).flushHeaders()
  })
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  const response = await open(url)
  assert.deepEqual([response.statusCode, response.statusMessage, response.headers['x-a']], [201, 'Made', '1'])
  const end = once(response.resume(), 'end')
  held?.end()
  await end
})

test('a response without a body stays one', async (t) => {
  const backend = await startBackend(t, (req, res) => { res.writeHead(Number(req.url?.slice(1))).end() })
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  for (const status of [204, 304]) {
    const answer = await send(`${url}/${status}`)
    assert.deepEqual([answer.status, answer.body, answer.headers['transfer-encoding']], [status, '', undefined])
  }
})
