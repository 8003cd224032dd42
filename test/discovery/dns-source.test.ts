import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { dnsSource } from '../../src/discovery/dns-source.ts'
import type { NameAddress } from '../../src/discovery/name-servers.ts'
import { FakeClock } from '../helpers/clock.ts'
import { settled } from '../helpers/until.ts'

/** A source whose name servers say what `answer` does, and what it has told. */
async function start (t: TestContext, answer: () => NameAddress[]) {
  const clock = new FakeClock()
  const told: string[] = []
  let isCancelled = false
  const source = dnsSource({
    question: { type: 'addresses', name: 'api.test', port: 80, family: undefined },
    servers: {
      addresses: async () => answer(), // what it throws rejects
      services: async () => [],
      cancel () { isCancelled = true }
    },
    clock,
    random: () => 0
  })
  const end = source.watch({
    onSnapshot: (endpoints) => { told.push(endpoints.map(({ host }) => host).join()) },
    onProblem: (why) => { told.push(why) }
  })
  t.after(end)
  async function pass (ms: number): Promise<void> {
    clock.advance(ms)
    await settled()
  }
  await settled()
  return { clock, told, end, pass, isCancelled: () => isCancelled, description: source.description }
}

for (const [ttl, refreshMs] of [[3, 3000], [0, 1000], [600, 10_000], [undefined, 5000]] as const) {
  test(`an answer that holds ${ttl ?? 'nobody knows how many'} s is asked for again after ${refreshMs} ms`, async (t) => {
    const { clock, told } = await start(t, () => [{ address: '10.0.0.1', ttl }])
    assert.deepEqual([told, clock.nextInMs()], [['10.0.0.1'], refreshMs])
  })
}

test('after a failure it asks sooner, and less and less often while it lasts', async (t) => {
  let isAway = true
  const { clock, told, pass } = await start(t, () => {
    if (isAway) throw Object.assign(new Error('queryA ETIMEOUT api.test'), { code: 'ETIMEOUT' })
    return [{ address: '10.0.0.1', ttl: undefined }]
  })
  const waits: Array<number | undefined> = []
  for (let i = 0; i < 7; i++) {
    waits.push(clock.nextInMs())
    await pass(clock.nextInMs() as number)
  }
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 10_000, 10_000])
  assert.equal(told.at(-1), 'no name server has answered in time')
  isAway = false
  await pass(10_000)
  assert.deepEqual([told.at(-1), clock.nextInMs()], ['10.0.0.1', 5000])
})

test('when it has ended it asks and tells no more', async (t) => {
  const { clock, told, end, pass, isCancelled } = await start(t, () => [{ address: '10.0.0.1', ttl: 1 }])
  clock.advance(1000) // asked, and not answered yet
  end()
  await pass(60_000)
  assert.deepEqual([told, clock.nextInMs(), isCancelled()], [['10.0.0.1'], undefined, true])
})

test('it says what it asks', async (t) => {
  assert.equal((await start(t, () => [])).description, 'DNS of api.test')
})
