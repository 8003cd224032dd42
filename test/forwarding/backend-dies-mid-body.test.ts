import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, diesMidBody, diesMidChunks, startBackend, startRawBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { inFlight, startGateway } from '../helpers/gateway.ts'
import { attack } from '../helpers/wire.ts'

for (const [what, behaviour] of Object.entries({ 'a body of known length': diesMidBody, 'a chunked body': diesMidChunks })) {
  test(`the client's connection is cut when a backend dies in the middle of ${what}`, async (t) => {
    const dying = await startBackend(t, behaviour)
    const { url, app } = await startGateway(t, { BACKENDS: dying.url })
    await assert.rejects(send(url), { code: 'ECONNRESET' })
    assert.equal(dying.requests.length, 1)
    assert.equal(inFlight({ app }), 0)
    assert.equal((await app.admin.inject('/livez')).statusCode, 200)
  })
}

test('half a chunked response does not get the last chunk', async (t) => {
  const dying = await startBackend(t, diesMidChunks)
  const { port } = await startGateway(t, { BACKENDS: dying.url })
  const received = await attack(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  assert.doesNotMatch(received, /\r\n0\r\n/)
})

test('a body that ends early in good order is cut too', async (t) => {
  const { url: backendUrl } = await startRawBackend(t, (socket) => {
    socket.once('data', (head) => {
      const isCheck = head.toString().startsWith('GET /health ')
      socket.end(isCheck ? 'HTTP/1.1 204 No Content\r\n\r\n' : 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nthe first half')
    })
  })
  const { url } = await startGateway(t, { BACKENDS: backendUrl })
  await assert.rejects(send(url), { code: 'ECONNRESET' })
})

test('the next request is answered by another backend', async (t) => {
  const [dying, well] = [await startBackend(t, diesMidBody), await startBackend(t, answers('well'))]
  const { url } = await startGateway(t, { BACKENDS: `${dying.url},${well.url}` })
  await assert.rejects(send(url))
  assert.equal((await send(url)).body, 'well')
})
