import assert from 'node:assert/strict'
import { test } from 'node:test'
import { neverAnswers, startBackend } from '../helpers/backend.ts'
import { startGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'
import { openClient } from '../helpers/wire.ts'

test('a client that leaves with a pipeline of requests lets go of the one whose turn it is, and the others never begin', async (t) => {
  const requests = 20
  const warnings: Error[] = []
  const onWarning = (warning: Error): void => { warnings.push(warning) }
  process.on('warning', onWarning)
  t.after(() => { process.off('warning', onWarning) })
  const backend = await startBackend(t, neverAnswers)
  const { app, port } = await startGateway(t, { BACKENDS: backend.url })
  let ended = 0
  app.exchanges.subscribe(({ outcome }) => {
    assert.equal(outcome, 'client-abort')
    ended++
  })
  const client = await openClient(t, port)
  client.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n'.repeat(requests))
  await until('the first request to arrive', () => backend.requests.length === 1)
  client.resetAndDestroy()
  await until('the leases to be settled', () => app.registry.backends()[0]?.inFlight === 0)
  await until('the connections to be closed', () => backend.requests.every(({ socket }) => socket.destroyed))
  assert.deepEqual([ended, backend.requests.length], [1, 1])
  assert.deepEqual(warnings, [])
})
