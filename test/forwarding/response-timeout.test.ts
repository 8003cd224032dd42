import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { answers, neverAnswers, startBackend } from '../helpers/backend.ts'
import { open, send } from '../helpers/client.ts'
import { FakeClock } from '../helpers/clock.ts'
import { startGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'

for (const method of ['GET', 'POST']) {
  test(`a ${method} that no head answers in time becomes 504, and its connection is closed`, async (t) => {
    const clock = new FakeClock()
    const [silent, other] = [await startBackend(t, neverAnswers), await startBackend(t, answers('other'))]
    const { url } = await startGateway(t, { BACKENDS: `${silent.url},${other.url}`, RESPONSE_TIMEOUT_MS: '1700' }, { clock })
    const answer = send(url, { method })
    await until('the request to arrive', () => silent.requests.length === 1)
    await clock.letPass(1700)
    const { status, body } = await answer
    assert.equal(status, 504)
    assert.deepEqual(JSON.parse(body), {
      statusCode: 504,
      code: 'EVENKEEL_BACKEND_TIMEOUT',
      error: 'Gateway Timeout',
      message: 'The backend did not respond in time'
    })
    assert.equal(silent.requests.length, 1)
    assert.equal(other.requests.length, 0)
    await until('the connection to the backend to be closed', () => silent.requests[0]?.socket.destroyed)
  })
}

test('a body that takes longer than the limit of the head is let through', async (t) => {
  const clock = new FakeClock()
  let held: ServerResponse | undefined
  const backend = await startBackend(t, (_req, res) => {
    held = res
    res.write('first ')
  })
  const { url } = await startGateway(t, { BACKENDS: backend.url, RESPONSE_TIMEOUT_MS: '1000' }, { clock })
  const response = await open(url)
  clock.advance(5000)
  held?.end('second')
  let body = ''
  for await (const piece of response) body += String(piece)
  assert.equal(body, 'first second')
})
