import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import cookie from '@fastify/cookie'
import cors from '@fastify/cors'
import jwt from '@fastify/jwt'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import type { OwnerPlugin } from '../../src/plugin-files.ts'
import { answers, answersWith, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { buildApp, startGateway, type TestGateway } from '../helpers/gateway.ts'
import { attack } from '../helpers/wire.ts'

/** The same plugin, given to `createApp` and registered on what it returns. */
const ways: Array<[way: string, start: (t: TestContext, backend: string, plugin: OwnerPlugin) => Promise<TestGateway['url']>]> = [
  ['given to createApp', async (t, BACKENDS, plugin) => (await startGateway(t, { BACKENDS }, { plugins: [plugin] })).url],
  ['of createApp\'s application', async (t, BACKENDS, plugin) => {
    const app = await buildApp(t, { BACKENDS })
    await (plugin as (app: FastifyInstance) => Promise<void>)(app)
    return await app.listen({ host: '127.0.0.1', port: 0 })
  }]
]

/** A plugin that registers others for the whole application. */
function wholly (plugin: (app: FastifyInstance) => Promise<void>): OwnerPlugin {
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true })
}

for (const [way, start] of ways) {
  test(`@fastify/cors ${way} answers preflights itself and adds its headers to forwarded answers`, async (t) => {
    const backend = await startBackend(t, answers('a'))
    const url = await start(t, backend.url, wholly(async (app) => { await app.register(cors, { origin: 'https://page.example' }) }))
    const preflight = await send(`${url}/x`, {
      method: 'OPTIONS',
      headers: { origin: 'https://page.example', 'access-control-request-method': 'PUT' }
    })
    assert.equal(preflight.status, 204)
    assert.equal(preflight.headers['access-control-allow-origin'], 'https://page.example')
    assert.equal(backend.requests.length, 0)
    const answer = await send(`${url}/x`, { headers: { origin: 'https://page.example' } })
    assert.deepEqual([answer.body, answer.headers['access-control-allow-origin']], ['a', 'https://page.example'])
  })

  test(`@fastify/rate-limit ${way} limits what is forwarded, upgrades too`, async (t) => {
    const backend = await startBackend(t, answers('a'))
    const url = await start(t, backend.url, wholly(async (app) => { await app.register(rateLimit, { max: 2, timeWindow: '1 hour' }) }))
    const statuses = []
    for (const path of ['/', '/not/there', '/other']) statuses.push(await send(url + path))
    assert.deepEqual(statuses.map(({ status }) => status), [200, 200, 429])
    assert.deepEqual(statuses.map(({ headers }) => headers['x-ratelimit-remaining']), ['1', '0', '0'])
    const upgrade = await attack(Number(new URL(url).port), 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
    assert.match(upgrade, /^HTTP\/1\.1 429 /)
    assert.equal(backend.requests.length, 2)
  })

  test(`@fastify/cookie ${way} adds cookies to those of the backend`, async (t) => {
    const backend = await startBackend(t, answersWith(200, { 'Set-Cookie': 'theirs=1' }, 'a'))
    const url = await start(t, backend.url, wholly(async (app) => {
      await app.register(cookie)
      app.addHook('onRequest', async (request, reply) => { reply.setCookie('seen', request.cookies['seen'] ?? 'no') })
    }))
    const answer = await send(url, { headers: { cookie: 'seen=yes' } })
    assert.deepEqual(answer.headers['set-cookie']?.map((cookie) => cookie.split(';')[0]).sort(), ['seen=yes', 'theirs=1'])
  })

  test(`@fastify/jwt ${way} keeps strangers from the backends`, async (t) => {
    const backend = await startBackend(t, answers('a'))
    let token = ''
    const url = await start(t, backend.url, wholly(async (app) => {
      await app.register(jwt, { secret: 'a secret of the test, which is long enough' })
      token = app.jwt.sign({ user: 1 })
      app.addHook('onRequest', async (request) => { await request.jwtVerify() })
    }))
    assert.equal((await send(url)).status, 401)
    assert.equal(backend.requests.length, 0)
    assert.equal((await send(url, { headers: { authorization: `Bearer ${token}` } })).body, 'a')
  })
}
