import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { test } from 'node:test'
import { answers, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'

test('requests go to the backends in turn', async (t) => {
  const backends = await Promise.all(['1', '2', '3'].map((name) => startBackend(t, answers(`Hello from server ${name}`))))
  const { url } = await startGateway(t, { BACKENDS: backends.map(({ url }) => url).join() })
  const bodies: string[] = []
  for (let i = 0; i < 6; i++) bodies.push((await send(url)).body)
  assert.deepEqual(bodies, [1, 2, 3, 1, 2, 3].map((number) => `Hello from server ${number}`))
})

test('requests on one connection of a client go to the backends in turn too', async (t) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => { agent.destroy() })
  const backends = await Promise.all(['a', 'b'].map((name) => startBackend(t, answers(name))))
  const { url } = await startGateway(t, { BACKENDS: backends.map(({ url }) => url).join() })
  let order = ''
  for (let i = 0; i < 4; i++) order += (await send(url, { agent })).body
  assert.equal(order, 'abab')
})

test('a heavier backend gets more', async (t) => {
  const [a, b] = await Promise.all(['a', 'b'].map((name) => startBackend(t, answers(name))))
  const { url } = await startGateway(t, { BACKENDS: `${a?.url};weight=3,${b?.url}` })
  for (let i = 0; i < 8; i++) await send(url)
  assert.deepEqual([a?.requests.length, b?.requests.length], [6, 2])
})
