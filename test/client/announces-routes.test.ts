import assert from 'node:assert/strict'
import { test } from 'node:test'
import createFastify from 'fastify'
import evenkeelClient, { type EvenkeelClientOptions } from '../../src/client/fastify.ts'
import { startAnnouncing } from '../helpers/announcing.ts'
import { FakeGateway, join } from '../helpers/fake-gateway.ts'
import { until } from '../helpers/until.ts'

test('a Fastify backend announces its service and routes when it listens, and they are orphaned when it closes', async (t) => {
  const gateway = await startAnnouncing(t)
  const options: EvenkeelClientOptions = {
    gateway: gateway.adminUrl,
    name: 'a',
    service: 'search',
    routes: ['shop.test/search', { path: '/suggest', method: ['GET'], stripPrefix: true }]
  }
  const app = createFastify()
  app.get('/health', async () => 'fine')
  app.register(evenkeelClient, options)
  t.after(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  await until('the first check', () => gateway.announced().length === 2)
  assert.deepEqual(gateway.announced(), ['search shop.test/search > a', 'search GET /suggest > a'])
  await app.close()
  assert.deepEqual(gateway.announced(), ['search shop.test/search > orphaned', 'search GET /suggest > orphaned'])
})

test('a backend that says nothing of services sends nothing of them', async () => {
  const gateway = new FakeGateway()
  const { calls } = join(gateway)
  await calls(1)
  assert.deepEqual(Object.keys(gateway.asked[0]?.body ?? {}).sort(), ['instance', 'ttlMs', 'url'])
})

test('when the answer to its registration was lost, it leaves its own service and no other at the same url', async () => {
  const gateway = new FakeGateway()
  gateway.losesAnswers = true
  const { member, calls } = join(gateway, { service: 'search', routes: ['/a'] })
  await calls(1)
  gateway.losesAnswers = false
  const url = gateway.url
  const others = [{ id: 'other', url, service: 'web', inFlight: 0 }, { id: 'mine', url, service: 'search', inFlight: 0 }]
  gateway.twist = ({ method }) => method === 'GET' ? Response.json(others) : undefined
  await member.drain()
  assert.match(gateway.calls.find((call) => call.startsWith('DELETE')) ?? '', /^DELETE \/api\/backends\/mine\?/)
})
