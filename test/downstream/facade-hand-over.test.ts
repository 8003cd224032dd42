import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { startByteClient } from '../helpers/bytes.ts'
import { answerForwarded, startOwnerServer } from '../helpers/owner-server.ts'
import { until } from '../helpers/until.ts'

test('a response that an owner has begun is seen as begun when the gateway takes it over', async (t) => {
  const begun: boolean[] = []
  const { port } = await startOwnerServer(t, (app) => {
    app.addHook('onRequest', async (request, reply) => {
      if (request.url === '/begun') reply.raw.writeHead(200, { 'x-mine': '1' })
      // Which belongs to the gateway from then on.
      setImmediate(() => { reply.raw.end('mine') })
    })
  }, (exchange) => {
    begun.push(exchange.hasBegun)
    if (exchange.hasBegun) exchange.reset('cut')
    else setTimeout(() => { answerForwarded(exchange) }, 20)
  })
  const client = await startByteClient(t, port, 'GET /not HTTP/1.1\r\nHost: a\r\n\r\nGET /begun HTTP/1.1\r\nHost: a\r\n\r\n')
  const text = await client.hearsTheEnd()
  assert.match(text, /\r\n\r\nforwarded$/)
  assert.deepEqual(begun, [false, true])
})

test('what a listener of an owner throws ends its request, and is told', async (t) => {
  let isRead = false
  const { port, thrown } = await startOwnerServer(t, (app) => {
    app.addContentTypeParser('*', (_request: unknown, payload: IncomingMessage) => {
      payload.on('data', () => { throw new Error('in data') })
      setImmediate(() => { isRead = true })
    })
    app.post('/own', async () => 'mine')
  })
  const client = await startByteClient(t, port, 'POST /own HTTP/1.1\r\nHost: a\r\nContent-Type: x/y\r\nContent-Length: 9\r\n\r\n')
  await until('the body to be read', () => isRead)
  client.say('half')
  assert.equal(await client.hearsTheEnd(), '')
  assert.deepEqual(thrown.map(String), ['Error: in data'])
})
