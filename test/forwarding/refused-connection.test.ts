import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, echoes, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'

test('a GET whose backend refuses the connection is answered by the next', async (t) => {
  const [gone, a] = [await startBackend(t, answers('gone')), await startBackend(t, answers('a'))]
  const { url, app } = await startGateway(t, { BACKENDS: `${gone.url},${a.url}` })
  await gone.die()
  for (let i = 0; i < 4; i++) {
    const { status, body } = await send(url)
    assert.deepEqual([status, body], [200, 'a'])
  }
  assert.equal(a.requests.length, 4)
  assert.deepEqual(app.registry.backends().map(({ inFlight }) => inFlight), [0, 0])
})

for (const headers of [{ 'content-length': '5' }, { 'transfer-encoding': 'chunked' }]) {
  test(`so is a POST with a body, sent with ${Object.keys(headers)[0]}`, async (t) => {
    const [gone, a] = [await startBackend(t, answers('gone')), await startBackend(t, echoes)]
    const { url } = await startGateway(t, { BACKENDS: `${gone.url},${a.url}` })
    await gone.die()
    for (let i = 0; i < 4; i++) {
      const { status, body } = await send(url, { method: 'POST', headers, body: 'hello' })
      assert.deepEqual([status, body], [200, 'hello'])
    }
    assert.equal(a.requests.length, 4)
  })
}

test('so is a POST with a body of several MiB', async (t) => {
  const [gone, a] = [await startBackend(t, answers('gone')), await startBackend(t, echoes)]
  const { url } = await startGateway(t, { BACKENDS: `${gone.url},${a.url}` })
  await gone.die()
  const body = 'x'.repeat(3 * 1024 * 1024)
  const answer = await send(url, { method: 'POST', body })
  assert.equal(answer.status, 200)
  assert.ok(answer.body === body)
})

test('two backends that refuse cost no request either', async (t) => {
  const [gone, gone2, a] = [
    await startBackend(t, answers('gone')),
    await startBackend(t, answers('gone')),
    await startBackend(t, answers('a'))
  ]
  const { url } = await startGateway(t, { BACKENDS: `${gone.url},${gone2.url},${a.url}` })
  await gone.die()
  await gone2.die()
  for (let i = 0; i < 3; i++) assert.equal((await send(url)).body, 'a')
})
