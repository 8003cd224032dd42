import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answersWith, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'

for (const status of [429, 500, 502, 503, 504]) {
  test(`a ${status} of a backend reaches the client, and the request is sent once`, async (t) => {
    const busy = await startBackend(t, answersWith(status, { 'retry-after': '7', 'content-type': 'text/x-own' }, 'too busy'))
    const { url } = await startGateway(t, { BACKENDS: busy.url })
    const answer = await send(url)
    assert.deepEqual(
      [answer.status, answer.headers['retry-after'], answer.headers['content-type'], answer.body],
      [status, '7', 'text/x-own', 'too busy']
    )
    assert.equal(busy.requests.length, 1)
  })
}
