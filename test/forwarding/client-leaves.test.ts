import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBackend } from '../helpers/backend.ts'
import { startByteClient } from '../helpers/bytes.ts'
import { FakeClock } from '../helpers/clock.ts'
import { inFlight, inRotation, startGateway } from '../helpers/gateway.ts'
import { memoryLog } from '../helpers/log.ts'
import { until } from '../helpers/until.ts'

const stages = {
  'before the answer': { bytes: 'GET / HTTP/1.1\r\nHost: h\r\n\r\n', statusCode: undefined },
  'in the middle of its own body': { bytes: 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\nhello', statusCode: undefined },
  'in the middle of the answer': { bytes: 'GET /half HTTP/1.1\r\nHost: h\r\n\r\n', statusCode: 200 },
  'in the middle of both': { bytes: 'POST /half HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n', statusCode: 200 }
}

for (const [stage, { bytes, statusCode }] of Object.entries(stages)) {
  test(`the request to the backend ends at once when the client leaves ${stage}, and that is nobody's failure`, async (t) => {
    const backend = await startBackend(t, (req, res) => {
      req.on('error', () => {})
      if (req.url === '/half') res.write('half')
    })
    const log = memoryLog()
    const { port, app } = await startGateway(t, { BACKENDS: backend.url }, { logger: log.logger, clock: new FakeClock() })
    const client = await startByteClient(t, port, bytes)
    const { socket } = await until('the request to arrive', () => backend.requests[0])
    if (statusCode !== undefined) await client.hears('half')

    // The clock of the gateway stands still, so that no time limit can be the reason.
    client.socket.resetAndDestroy()
    await until('the connection to the backend to be closed', () => socket.closed)

    const line = await until('the line', () => log.lines('request')[0])
    assert.deepEqual([line['outcome'], line['statusCode'], line['attempts']], ['client-abort', statusCode, undefined])
    assert.equal(inFlight({ app }), 0)
    assert.equal(inRotation({ app }), 1)
    assert.equal(backend.requests.length, 1)
  })
}

/** Its end alone says no more than that it will send nothing: see client-half-close. */
test('a client that closes its connection in the middle of the answer is noticed when the answer goes on', async (t) => {
  let goOn: (() => void) | undefined
  const backend = await startBackend(t, (_req, res) => {
    res.write('half')
    goOn = () => { res.write('more') }
  })
  const { port, app } = await startGateway(t, { BACKENDS: backend.url })
  const client = await startByteClient(t, port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')
  await client.hears('half')
  client.socket.destroy()
  await until('the connection to the backend to be closed', () => {
    goOn?.()
    return backend.requests[0]?.socket.destroyed
  })
  assert.equal(inFlight({ app }), 0)
})
