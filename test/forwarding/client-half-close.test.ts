import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { startBackend } from '../helpers/backend.ts'
import { startByteClient } from '../helpers/bytes.ts'
import { inFlight, startGateway } from '../helpers/gateway.ts'
import { memoryLog } from '../helpers/log.ts'
import { until } from '../helpers/until.ts'

const requests = {
  'a request': 'GET / HTTP/1.1\r\nHost: h\r\n\r\n',
  'a request of HTTP/1.0': 'GET / HTTP/1.0\r\n\r\n',
  'a request with a body': 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello',
  'a request in chunks': 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'
}

/** A client that has ended its side behind `bytes`, and a backend that answers when `answer` is called. */
async function startHalfClosed (t: TestContext, bytes: string, settings: Record<string, string> = {}) {
  let answer: (() => void) | undefined
  const backend = await startBackend(t, (req, res) => {
    req.resume()
    if (req.url === '/half') res.write('half an ')
    answer = () => { res.end('answer') }
  })
  const log = memoryLog()
  const { port, app } = await startGateway(t, { BACKENDS: backend.url, ...settings }, { logger: log.logger })
  let ends = 0
  app.server.on('connection', (socket) => { socket.on('end', () => { ends++ }) })
  const client = await startByteClient(t, port, bytes)
  await until('the request to arrive', () => answer)
  client.socket.end()
  await until('the end to arrive', () => ends === 1)
  const outcome = async () => (await until('the line', () => log.lines('request')[0]))['outcome']
  return { backend, client, app, outcome, answer: () => answer?.() }
}

for (const [what, bytes] of Object.entries(requests)) {
  test(`a client that ends its side behind ${what} gets its answer, and then the end`, async (t) => {
    const { client, outcome, answer } = await startHalfClosed(t, bytes)
    answer()
    assert.match(await client.hearsTheEnd(), /^HTTP\/1\.1 200 OK\r\n[^]*answer/)
    assert.equal(await outcome(), 'success')
  })

  test(`with ABORT_ON_CLIENT_END=true the request to the backend ends with a client that ends its side behind ${what}`, async (t) => {
    const { backend, client, app, outcome } = await startHalfClosed(t, bytes, { ABORT_ON_CLIENT_END: 'true' })
    await until('the connection to the backend to be closed', () => backend.requests[0]?.socket.destroyed)
    assert.equal(await client.hearsTheEnd(), '')
    assert.equal(await outcome(), 'client-abort')
    assert.equal(inFlight({ app }), 0)
  })
}

test('a client that ends its side in the middle of the answer gets the rest of it', async (t) => {
  const { client, answer } = await startHalfClosed(t, 'GET /half HTTP/1.1\r\nHost: h\r\n\r\n')
  await client.hears('half an ')
  answer()
  assert.match(await client.hearsTheEnd(), /half an [^]*answer/)
})

for (const settings of [{}, { ABORT_ON_CLIENT_END: 'true' }]) {
  test(`a client that ends its side in the middle of its body has left ${JSON.stringify(settings)}`, async (t) => {
    const { backend, client, app } = await startHalfClosed(t, 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\nhello', settings)
    await until('the connection to the backend to be closed', () => backend.requests[0]?.socket.destroyed)
    assert.equal(backend.requests[0]?.complete, false)
    assert.doesNotMatch(await client.hearsTheEnd(), /^HTTP\/1\.1 200/)
    assert.equal(inFlight({ app }), 0)
  })
}
