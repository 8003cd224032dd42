import assert from 'node:assert/strict'
import { Agent, createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { open, send } from '../helpers/client.ts'
import { FakeGateway, join, problem, refusesConnections, type Joining } from '../helpers/fake-gateway.ts'
import { until } from '../helpers/until.ts'

const left = 'left the gateway'
const notTold = 'could not tell the gateway that this backend is leaving'

async function registered (options: object = {}, gateway = new FakeGateway()): Promise<Joining> {
  const joining = join(gateway, options)
  await until('the registration', () => joining.said().includes('registered with the gateway'))
  return joining
}

/** Drains while the time passes; gives how much it took, in ms. */
async function drained ({ member, clock }: Joining): Promise<number> {
  let isOver = false
  const start = clock.now()
  const done = member.drain().then(() => { isOver = true })
  await until('the drain', () => {
    if (!isOver) clock.advance(10)
    return isOver
  })
  await done
  return clock.now() - start
}

test('with nothing in flight it leaves at once, and no more is asked', async () => {
  const joining = await registered()
  await joining.member.drain()
  assert.deepEqual(joining.gateway.calls.slice(1), ['DELETE /api/backends/b1?instance=…&drainMs=11000'])
  assert.equal(joining.said().at(-1), left)
  joining.clock.advance(60_000)
  assert.equal(joining.gateway.calls.length, 2)
})

test('it waits until the gateway says that nothing is in flight', async () => {
  const joining = await registered()
  joining.gateway.inFlight = 2
  let isOver = false
  const done = joining.member.drain().then(() => { isOver = true })
  await joining.calls(2)
  await joining.nextTask()
  await joining.calls(3)
  assert.equal(isOver, false)
  joining.gateway.inFlight = 0
  await joining.nextTask()
  await done
  assert.deepEqual(joining.gateway.calls.slice(1), [
    'DELETE /api/backends/b1?instance=…&drainMs=11000', 'GET /api/backends/b1', 'GET /api/backends/b1'
  ])
  assert.equal(joining.said().at(-1), left)
})

test('it waits for requests no longer than its limit', async () => {
  const joining = await registered({ drainTimeoutMs: 3000 })
  joining.gateway.inFlight = 1
  assert.ok(await drained(joining) >= 3000)
  assert.equal(joining.said().at(-1), 'drain timed out with requests in flight')
})

test('a drain that is asked for twice is one', async () => {
  const { member, gateway } = await registered()
  assert.equal(member.drain(), member.drain())
  await member.drain()
  assert.equal(gateway.calls.length, 2)
})

test('a call that fails on the way does not end the drain', async () => {
  const joining = await registered()
  joining.gateway.inFlight = 1
  let n = 0
  joining.gateway.twist = (asked) => {
    n++
    if (n === 6) joining.gateway.inFlight = 0
    return n === 1 || n === 3 ? refusesConnections(asked) : n === 4 ? problem(503, 'x') : undefined
  }
  await drained(joining)
  assert.deepEqual(joining.gateway.calls.slice(1).map((call) => call.split(' ')[0]), ['DELETE', 'DELETE', 'GET', 'GET', 'GET', 'GET'])
  assert.equal(joining.said().at(-1), left)
})

test('a gateway that is gone holds up the end for a second', async () => {
  const joining = await registered()
  joining.gateway.twist = refusesConnections
  const ms = await drained(joining)
  assert.ok(ms >= 1000, String(ms))
  assert.equal(joining.said().at(-1), `${notTold}: ECONNREFUSED`)
})

test('a gateway that refuses holds up nothing', async () => {
  const joining = await registered()
  joining.gateway.twist = () => problem(401, 'No')
  await joining.member.drain()
  assert.equal(joining.said().at(-1), `${notTold}: status 401: No`)
})

test('one from BACKENDS is drained, and stays', async () => {
  const gateway = new FakeGateway()
  gateway.source = 'configured'
  const joining = await registered({}, gateway)
  gateway.inFlight = 1
  const done = joining.member.drain()
  await joining.calls(2)
  gateway.inFlight = 0
  await joining.nextTask()
  await done
  assert.deepEqual(gateway.calls.slice(1), ['DELETE /api/backends/b1?instance=…&drainMs=11000', 'GET /api/backends/b1'])
})

test('a registration whose answer was lost is undone', async () => {
  const gateway = new FakeGateway()
  gateway.losesAnswers = true
  const joining = join(gateway)
  await until('it is away', () => joining.said().length > 0)
  gateway.losesAnswers = false
  await joining.member.drain()
  assert.deepEqual(gateway.calls, ['POST /api/backends', 'GET /api/backends', 'DELETE /api/backends/b1?instance=…&drainMs=11000'])
  assert.equal(gateway.url, undefined)
})

test('a registration that is under way is waited for and undone', async () => {
  const gateway = new FakeGateway()
  const { member } = join(gateway)
  await member.drain()
  assert.deepEqual(gateway.calls, ['POST /api/backends', 'DELETE /api/backends/b1?instance=…&drainMs=11000'])
})

test('a sign of life that hangs does not hold up the drain', async () => {
  const joining = await registered()
  joining.gateway.twist = ({ method }) => method === 'PUT' ? 'hangs' : undefined
  await joining.nextTask()
  await joining.calls(2)
  await joining.member.drain()
  assert.deepEqual(joining.said(), ['registered with the gateway', left])
})

test('one that was refused has nothing to leave', async () => {
  const gateway = new FakeGateway()
  gateway.twist = () => problem(401, 'No')
  const joining = join(gateway)
  await until('the refusal', () => joining.said().length > 0)
  await joining.member.drain()
  assert.equal(gateway.calls.length, 1)
})

test('a registration that hangs is waited for no longer than the limit', async () => {
  const gateway = new FakeGateway()
  gateway.twist = () => 'hangs'
  const joining = join(gateway, { drainTimeoutMs: 200 })
  assert.ok(await drained(joining) >= 200)
  assert.match(joining.said().at(-1) ?? '', new RegExp(notTold))
})

test('where others hold the backend it does not wait for what is in flight there, which never ends', async () => {
  const joining = await registered()
  joining.gateway.others = 2
  joining.gateway.inFlight = 5
  await joining.member.drain()
  assert.deepEqual(joining.gateway.calls.slice(1), ['DELETE /api/backends/b1?instance=…&drainMs=11000'])
  assert.deepEqual(joining.log.lines(left).map(({ holders }) => holders), [2])
})

test('nor does it where another comes to hold it while it waits', async () => {
  const joining = await registered()
  joining.gateway.inFlight = 1
  const done = joining.member.drain()
  await joining.calls(2)
  joining.gateway.isDraining = false
  joining.gateway.others = 1
  await joining.nextTask()
  await done
  assert.equal(joining.said().at(-1), left)
})

test('a server whose port others share stops listening, hands its connections over, and waits for requests in flight', async (t) => {
  const responses: ServerResponse[] = []
  const server = createServer((request, response) => { request.url === '/slow' ? responses.push(response) : response.end('fine') })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const agent = new Agent({ keepAlive: true })
  t.after(() => {
    agent.destroy()
    server.closeAllConnections()
  })
  const joining = await registered({ server })
  joining.gateway.others = 1
  const listened: boolean[] = []
  joining.gateway.twist = ({ method }) => {
    if (method === 'DELETE') listened.push(server.listening)
    return undefined
  }
  await send(url, { agent })
  const slow = open(`${url}/slow`)
  await until('the request', () => responses.length === 1)

  let isOver = false
  const done = joining.member.drain().then(() => { isOver = true })
  await until('the idle connection to be closed', () => {
    joining.clock.advance(10)
    return Object.keys(agent.freeSockets).length === 0
  })
  assert.equal(isOver, false)
  assert.deepEqual(listened, [true, false])
  responses[0]?.end('slow')
  assert.equal((await slow).statusCode, 200)
  await until('the end of the drain', () => {
    joining.clock.advance(10)
    return isOver
  })
  await done
  assert.deepEqual(joining.said(), ['registered with the gateway', left])
})

test('connections that do not end are waited for no longer than the limit', async (t) => {
  const server = createServer(() => {})
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const joining = await registered({ server, drainTimeoutMs: 3000 })
  joining.gateway.others = 1
  const cut = send(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).catch(() => 'cut')
  const countConnections = promisify(server.getConnections.bind(server))
  await until('the request', async () => await countConnections() === 1)
  t.after(() => { server.closeAllConnections() })
  assert.ok(await drained(joining) >= 3000)
  assert.equal(joining.said().at(-1), 'drain timed out with requests in flight')
  server.closeAllConnections()
  assert.equal(await cut, 'cut')
})
