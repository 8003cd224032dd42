import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test, type TestContext } from 'node:test'
import { answers, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { startWithFile } from '../helpers/config-gateway.ts'
import { until } from '../helpers/until.ts'

/** Services `web` and `next`, divided by the route, with draws that the test makes. */
async function start (t: TestContext, route: string, next = '') {
  const backends = [await startBackend(t, answers('web')), await startBackend(t, answers('next'))]
  const [web, other] = backends.map(({ url }) => url)
  const file = `services: { web: { backends: ["${web}"] }, next: { backends: ["${other}"]${next} } }\nroutes: [{ name: split, ${route} }]\n`
  const draws: number[] = []
  const settings = { HEALTH_CHECK_FALL: '1', STICKY_SECRET: '0123456789abcdef' }
  const gateway = await startWithFile(t, file, settings, { random: () => draws.shift() ?? 0 })
  const ask = async (draw: number, headers: Record<string, string> = {}) => {
    draws.length = 0
    draws.push(draw)
    return await send(gateway.url, { headers })
  }
  return { ...gateway, ask, backends }
}

test('requests are divided by weight', async (t) => {
  const { ask } = await start(t, 'split: { web: 95, next: 5 }')
  const answers = [await ask(0), await ask(0.94), await ask(0.96), await ask(0.999)]
  assert.deepEqual(answers.map(({ body }) => body), ['web', 'web', 'next', 'next'])
})

test('the same user stays with the same version, whatever is drawn; who has no name is drawn', async (t) => {
  const { ask } = await start(t, 'split: { web: 50, next: 50 }, splitBy: "cookie:user"')
  const users = ['ada', 'grace', 'alan', 'edsger', 'barbara', 'tony']
  const first = await Promise.all(users.map(async (user) => (await ask(0, { cookie: `user=${user}` })).body))
  const second = await Promise.all(users.map(async (user) => (await ask(0.99, { cookie: `user=${user}` })).body))
  assert.deepEqual(first, second)
  assert.deepEqual([...new Set(first)].sort(), ['next', 'web'])
  assert.deepEqual([(await ask(0)).body, (await ask(0.99)).body], ['web', 'next'])
})

test('a sticky cookie decides before the draw, also for a member of weight 0', async (t) => {
  const { ask, write, app, path } = await start(t, 'split: { web: 50, next: 50 }', ', sticky: { cookie: version }')
  const [cookie = ''] = ((await ask(0.99)).headers['set-cookie'] ?? []).map((each) => each.split(';')[0])
  assert.match(cookie, /^version=/)
  await write((await readFile(path, 'utf8')).replace('next: 50', 'next: 0'))
  await app.configFile.reload()
  assert.deepEqual([(await ask(0, { cookie })).body, (await ask(0.99)).body], ['next', 'web'])
})

test('a member without a backend in rotation passes its share on, until it has one again', async (t) => {
  const { ask, app, backends } = await start(t, 'split: { web: 50, next: 50 }')
  const [, next] = app.services.all().flatMap((service) => service.backends())
  app.registrations.change(next!.id, { desiredState: 'maintenance' })
  assert.equal((await ask(0.99)).body, 'web')
  assert.equal(app.routes.table.entries[0]?.value.passedOn, 1)
  app.registrations.change(next!.id, { desiredState: 'ready' })
  assert.equal((await ask(0.99)).body, 'next')
  assert.equal(backends[1]?.requests.length, 1)
})

test('when no member has a backend, the answer is 503', async (t) => {
  const { ask, app } = await start(t, 'split: { web: 50, next: 50 }')
  for (const { id } of app.registry.snapshot()) app.registrations.change(id, { desiredState: 'maintenance' })
  assert.equal((await ask(0.5)).status, 503)
  await until('the request to be over', () => app.forwarder.openExchanges === 0)
})
