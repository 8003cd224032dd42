import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeGateway, join, problem, refusesConnections, type Joining } from '../helpers/fake-gateway.ts'

const registered = 'registered with the gateway'
const away = 'the gateway is unreachable; retrying while this backend keeps serving'

/** How long it waits before each of the next `n` attempts. */
async function waits ({ gateway, calls, nextTask }: Joining, n: number): Promise<number[]> {
  const list: number[] = []
  for (let i = 0; i < n; i++) {
    list.push(await nextTask())
    await calls(gateway.calls.length)
  }
  return list
}

test('it tries again, more and more rarely up to a third of the lease, and says so once', async () => {
  const gateway = new FakeGateway()
  gateway.twist = refusesConnections
  const joining = join(gateway)
  assert.deepEqual(await waits(joining, 7), [250, 500, 1000, 2000, 4000, 5000, 5000])
  gateway.twist = () => undefined
  await joining.nextTask()
  assert.equal(await joining.nextTask(), 5000)
  assert.deepEqual(joining.said(), [`${away}: ECONNREFUSED`, registered])
})

test('chance spreads the attempts of those who lost their gateway at the same time', async () => {
  const gateway = new FakeGateway()
  gateway.twist = refusesConnections
  assert.deepEqual(await waits(join(gateway, {}, 0.5), 3), [187.5, 375, 750])
})

test('a gateway that comes back and still knows it needs no new registration', async () => {
  const gateway = new FakeGateway()
  const joining = join(gateway)
  await joining.calls(1)
  gateway.twist = refusesConnections
  assert.deepEqual(await waits(joining, 3), [5000, 250, 500])
  gateway.twist = () => undefined
  await joining.nextTask()
  assert.equal(await joining.nextTask(), 5000)
  assert.deepEqual(gateway.calls.filter((call) => call.startsWith('POST')).length, 1)
  assert.deepEqual(joining.said(), [registered, `${away}: ECONNREFUSED`, 'the gateway is reachable again'])
})

test('a gateway that hangs is given up when the call has taken its time', async () => {
  const gateway = new FakeGateway()
  gateway.twist = () => 'hangs'
  const joining = join(gateway, { ttlMs: 100 })
  await joining.nextTask()
  assert.match(joining.said()[0] ?? '', /is unreachable.*time/)
})

for (const status of [408, 429, 500, 503]) {
  test(`an answer ${status} is a gateway that is away`, async () => {
    const gateway = new FakeGateway()
    gateway.twist = () => problem(status, 'not now')
    const joining = join(gateway)
    assert.deepEqual(await waits(joining, 2), [250, 500])
    assert.deepEqual(joining.said(), [`${away}: status ${status}: not now`])
  })
}
