import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeGateway, join, problem } from '../helpers/fake-gateway.ts'
import { until } from '../helpers/until.ts'

const renewal = 'PUT /api/backends/b1/lease?instance=…&ttlMs=15000'

test('it says all that it was told, with the token', async () => {
  const told = { name: 'shop', weight: 2, zone: 'eu-1', backup: true, healthCheck: { path: '/up' }, ttlMs: 9000 }
  const { gateway, calls } = join(new FakeGateway(), { ...told, token: 'secret' })
  await calls(1)
  const { instance, ...body } = gateway.asked[0]?.body ?? {}
  assert.deepEqual(body, { url: 'http://backend:3000', ...told })
  assert.match(String(instance), /^[0-9a-f-]{36}$/)
  assert.equal(gateway.asked[0]?.headers['authorization'], 'Bearer secret')
  assert.equal(gateway.asked[0]?.headers['content-type'], 'application/json')
})

test('what it was not told is left to the gateway, but for the lease of 15 s', async () => {
  const { gateway, calls } = join(new FakeGateway())
  await calls(1)
  const { instance: _instance, ...body } = gateway.asked[0]?.body ?? {}
  assert.deepEqual(body, { url: 'http://backend:3000', ttlMs: 15_000 })
  assert.equal(gateway.asked[0]?.headers['authorization'], undefined)
})

test('it renews its lease at a third of it, and says that it is registered once', async () => {
  const { calls, nextTask, said } = join(new FakeGateway())
  await calls(1)
  assert.equal(await nextTask(), 5000)
  await calls(2)
  assert.equal(await nextTask(), 5000)
  assert.deepEqual(await calls(3), ['POST /api/backends', renewal, renewal])
  assert.deepEqual(said(), ['registered with the gateway'])
})

test('chance brings a renewal forward, never back', async () => {
  const { calls, nextTask } = join(new FakeGateway(), {}, 0.999)
  await calls(1)
  const ms = await nextTask()
  assert.ok(ms > 4500 && ms < 4502, String(ms))
})

test('a gateway that has forgotten it is told again at once', async () => {
  const { gateway, calls, nextTask, said } = join(new FakeGateway())
  await calls(1)
  gateway.url = undefined
  await nextTask()
  await calls(2)
  assert.equal(await nextTask(), 0)
  await calls(3)
  await until('it is there again', () => gateway.url)
  assert.equal(await nextTask(), 5000)
  assert.deepEqual((await calls(4)).slice(1), [renewal, 'POST /api/backends', renewal])
  assert.deepEqual(said(), [
    'registered with the gateway', 'the gateway no longer knows this backend; registering again', 'registered with the gateway'
  ])
})

test('one that an operator has removed stays away, says so once, and is there again when it is wanted', async () => {
  const { gateway, calls, nextTask, said } = join(new FakeGateway())
  await calls(1)
  gateway.twist = () => problem(410, 'It was deleted')
  await nextTask()
  await calls(2)
  assert.equal(await nextTask(), 30_000)
  await calls(3)
  gateway.twist = () => undefined
  assert.equal(await nextTask(), 30_000)
  await calls(4)
  assert.equal(await nextTask(), 5000)
  assert.deepEqual(gateway.calls.slice(1, 4), Array(3).fill(renewal))
  assert.deepEqual(said(), [
    'registered with the gateway', 'this backend was removed by an operator; staying away until it is added again or restarted',
    'registered with the gateway'
  ])
})

test('one that was removed registers again when the gateway was started again', async () => {
  const { gateway, calls, nextTask } = join(new FakeGateway())
  await calls(1)
  gateway.twist = () => problem(410, 'It was deleted')
  await nextTask()
  await calls(2)
  gateway.twist = () => undefined
  gateway.url = undefined
  await nextTask()
  await calls(3)
  await nextTask()
  assert.deepEqual((await calls(4)).slice(2), [renewal, 'POST /api/backends'])
})

test('one from BACKENDS is not registered again and again, so that it does not undo what an operator wants', async () => {
  const gateway = new FakeGateway()
  gateway.source = 'configured'
  const { calls, nextTask } = join(gateway)
  await calls(1)
  await nextTask()
  await calls(2)
  await nextTask()
  assert.deepEqual(await calls(3), ['POST /api/backends', renewal, renewal])
})
