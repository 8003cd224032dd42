import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import createFastify, { type FastifyInstance } from 'fastify'
import evenkeelClient, { register } from '../../src/client/fastify.ts'
import { answers, neverAnswers, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { startGateway, type TestGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'

/** A Fastify backend as its owner writes it. */
async function startMember (
  t: TestContext,
  gateway: string | string[],
  options: object = {},
  host = '127.0.0.1'
): Promise<FastifyInstance> {
  const app = createFastify()
  app.get('/health', async () => 'fine')
  app.get('/', async () => 'hello')
  app.get(
    '/slow',
    async () =>
      await new Promise<string>((resolve) => {
        release = () => {
          resolve('slow')
        }
      })
  )
  app.register(evenkeelClient, { gateway, ttlMs: 3000, ...options })
  await app.listen({ port: 0, host })
  t.after(() => app.close())
  return app
}

function addressOf ({ server }: FastifyInstance): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

let release = (): void => {}

function states ({ app }: TestGateway): string[] {
  return app.registry.backends().map(({ state }) => state)
}

const isUp = (gateway: TestGateway) => until('the backend to be healthy', () => states(gateway).includes('healthy'))

test('a backend joins when it listens, takes traffic after its first check, and leaves when it closes', async (t) => {
  const gateway = await startGateway(t, {})
  const member = await startMember(t, gateway.adminUrl, { name: 'shop', weight: 2 })
  await isUp(gateway)
  assert.equal((await send(gateway.url)).body, 'hello')
  assert.deepEqual(gateway.app.registry.backends().map(({ name, weight, lease }) => [name, weight, lease?.ttlMs]), [['shop', 2, 3000]])
  await member.close()
  assert.deepEqual(states(gateway), [])
})

test('listening on all addresses, it is registered with the one that leads to the gateway', async (t) => {
  const gateway = await startGateway(t, {})
  await startMember(t, gateway.adminUrl, {}, '0.0.0.0')
  await isUp(gateway)
  assert.match(gateway.app.registry.backends()[0]?.address ?? '', /^http:\/\/127\.0\.0\.1:\d+$/)
})

test('the close waits for requests in flight, and serves until they are done', async (t) => {
  const gateway = await startGateway(t, {})
  const member = await startMember(t, gateway.adminUrl)
  await isUp(gateway)
  const slow = send(`${gateway.url}/slow`)
  await until('the request', () => gateway.app.registry.backends()[0]?.inFlight === 1)
  let isClosed = false
  const closed = member.close().then(() => { isClosed = true })
  await until('the drain', () => states(gateway).includes('draining'))
  assert.equal(isClosed, false)
  // A request that was on its way is not answered with 503.
  assert.equal((await send(`${addressOf(member)}/`)).status, 200)
  release()
  assert.equal((await slow).body, 'slow')
  await closed
  assert.deepEqual(states(gateway), [])
})

test('a rolling deploy under load loses no request', async (t) => {
  const gateway = await startGateway(t, {})
  let member = await startMember(t, gateway.adminUrl)
  await isUp(gateway)
  const load = { isOver: false }
  const failures: number[] = []
  const clients = Array.from({ length: 4 }, async () => {
    while (!load.isOver) {
      const { status } = await send(gateway.url)
      if (status !== 200) failures.push(status)
    }
  })
  for (let i = 0; i < 5; i++) {
    const next = await startMember(t, gateway.adminUrl)
    await until('both to be healthy', () => states(gateway).filter((state) => state === 'healthy').length === 2)
    await member.close()
    member = next
  }
  load.isOver = true
  await Promise.all(clients)
  assert.deepEqual(failures, [])
})

test('a gateway that has forgotten the backend gets to know it again', async (t) => {
  const gateway = await startGateway(t, {})
  await startMember(t, gateway.adminUrl, { ttlMs: 300 })
  await isUp(gateway)
  const [backend] = gateway.app.registry.backends()
  assert.ok(backend)
  gateway.app.registrations.leave(backend, 0, 'its lease expired')
  assert.deepEqual(states(gateway), [])
  await isUp(gateway)
})

test('it joins several gateways, and one that cannot be reached holds up neither the other nor the close', async (t) => {
  const gateway = await startGateway(t, {})
  const gone = await startBackend(t, answers('gone'))
  await gone.die()
  const member = await startMember(t, [gateway.adminUrl, gone.url])
  await isUp(gateway)
  await member.close()
  assert.deepEqual(states(gateway), [])
})

test('a token is sent; a wrong one is told in the log, and the backend goes on', async (t) => {
  const gateway = await startGateway(t, { ADMIN_TOKEN: 'secret-secret-secret' })
  const lines: string[] = []
  const log = { info () {}, warn () {}, error: (fields: object, msg: string) => { lines.push(`${msg} ${JSON.stringify(fields)}`) } }
  const backend = await startBackend(t, answers('a'))
  const wrong = register({ gateway: gateway.adminUrl, url: backend.url, token: 'wrong', log })
  await until('the line', () => lines.length > 0)
  assert.match(lines[0] ?? '', /refused this backend .*status 401/)
  await wrong.drain()
  const right = register({ gateway: gateway.adminUrl, url: backend.url, token: 'secret-secret-secret', log })
  await isUp(gateway)
  await right.drain()
  assert.deepEqual(states(gateway), [])
})

test('the drain ends when its time is over, although a request is in flight', async (t) => {
  const gateway = await startGateway(t, {})
  const backend = await startBackend(t, neverAnswers)
  const member = register({ gateway: gateway.adminUrl, url: backend.url, drainTimeoutMs: 200 })
  await isUp(gateway)
  const cut = send(gateway.url).catch(() => 'cut')
  await until('the request', () => gateway.app.registry.backends()[0]?.inFlight === 1)
  await member.drain()
  await backend.die()
  await cut
})

test('hooks of the backend, such as the end of its database, run after the drain', async (t) => {
  const gateway = await startGateway(t, {})
  const member = createFastify()
  member.register(evenkeelClient, { gateway: gateway.adminUrl })
  const seen: string[][] = []
  member.addHook('preClose', async () => { seen.push(states(gateway)) })
  member.addHook('onClose', async () => { seen.push(states(gateway)) })
  await member.listen({ port: 0, host: '127.0.0.1' })
  await until('the registration', () => states(gateway).length === 1)
  await member.close()
  assert.deepEqual(seen, [[], []])
})

test('a backend that never listens registers nothing', async (t) => {
  const gateway = await startGateway(t, {})
  const member = createFastify()
  member.register(evenkeelClient, { gateway: gateway.adminUrl })
  assert.equal((await member.inject('/')).statusCode, 404)
  await member.close()
  assert.deepEqual(gateway.app.registry.events.history, [])
})

test('one that is in BACKENDS is drained, not deleted, and is ready again when it comes back', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const gateway = await startGateway(t, { BACKENDS: backend.url })
  await isUp(gateway)
  await register({ gateway: gateway.adminUrl, url: backend.url }).drain()
  assert.deepEqual(states(gateway), ['drained'])
  const again = register({ gateway: gateway.adminUrl, url: backend.url })
  await isUp(gateway)
  await again.drain()
})
