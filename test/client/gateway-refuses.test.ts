import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeGateway, join, problem } from '../helpers/fake-gateway.ts'

const refused = 'the gateway refused this backend'

for (const status of [400, 401, 403]) {
  test(`an answer ${status} is an error in the log, once, and it is tried again slowly`, async () => {
    const gateway = new FakeGateway()
    gateway.twist = () => problem(status, 'No')
    const { nextTask, calls, said, log } = join(gateway)
    await calls(1)
    assert.equal(await nextTask(), 30_000)
    await calls(2)
    assert.equal(await nextTask(), 30_000)
    assert.deepEqual(said(), [`${refused}: status ${status}: No`])
    assert.equal(log.lines()[0]?.level, 50)
  })
}

test('another reason is told again, and so is it that all is well', async () => {
  const gateway = new FakeGateway()
  gateway.twist = () => problem(401, 'No')
  const { nextTask, said } = join(gateway)
  await nextTask()
  gateway.twist = () => problem(403, 'Not you')
  await nextTask()
  gateway.twist = () => undefined
  await nextTask()
  await nextTask()
  assert.deepEqual(said(), [`${refused}: status 401: No`, `${refused}: status 403: Not you`, 'registered with the gateway'])
})

test('a name that its predecessor still has is only a matter of time', async () => {
  const gateway = new FakeGateway()
  gateway.twist = () => problem(409, 'The name is taken')
  const { nextTask, calls, log } = join(gateway)
  await calls(1)
  assert.equal(await nextTask(), 5000)
  assert.equal(log.lines()[0]?.level, 40)
})

test('a route that another service has is an error, once, and it is tried again slowly', async () => {
  const gateway = new FakeGateway()
  gateway.twist = () => problem(409, 'The route /a is taken', 'EVENKEEL_ROUTE_TAKEN')
  const { nextTask, calls, said, log } = join(gateway)
  await calls(1)
  assert.equal(await nextTask(), 30_000)
  await calls(2)
  assert.equal(await nextTask(), 30_000)
  assert.deepEqual(said(), [`${refused}: status 409: The route /a is taken`])
  assert.equal(log.lines()[0]?.level, 50)
})

for (const [what, answer] of Object.entries({
  'a 404': () => new Response('Not found', { status: 404 }),
  'a 404 in the shape of Fastify': () => problem(404, 'Route POST:/api/backends not found'),
  'a page': () => new Response('<html>', { status: 200 }),
  'other JSON': () => Response.json({ id: 5 }),
  'a redirect': () => new Response(null, { status: 302, headers: { location: 'http://elsewhere/' } })
})) {
  test(`${what} comes from something else than a gateway: tried again slowly, never in a loop`, async () => {
    const gateway = new FakeGateway()
    gateway.twist = answer
    const { nextTask, calls, said } = join(gateway)
    await calls(1)
    assert.equal(await nextTask(), 30_000)
    assert.match(said()[0] ?? '', /refused this backend: status \d+.*; is that the admin listener of a gateway\?$/)
  })
}
