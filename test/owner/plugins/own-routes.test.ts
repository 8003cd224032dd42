import assert from 'node:assert/strict'
import { test } from 'node:test'
import cookie from '@fastify/cookie'
import cors from '@fastify/cors'
import jwt from '@fastify/jwt'
import rateLimit from '@fastify/rate-limit'
import { answers, echoes } from '../../helpers/backend.ts'
import { send } from '../../helpers/client.ts'
import { startWithPlugin } from './start.ts'

test('@fastify/cookie reads, signs, sets and clears cookies on an own route', async (t) => {
  const { url } = await startWithPlugin(t, answers('theirs'), async (app) => {
    await app.register(cookie, { secret: 'a secret of the test, which is long enough' })
    app.get('/own', async (request, reply) => {
      const kept = request.unsignCookie(request.cookies['kept'] ?? '')
      reply.setCookie('kept', 'value', { signed: true, path: '/' }).setCookie('second', 'é;', { httpOnly: true }).clearCookie('third')
      return kept
    })
  })
  const first = await send(`${url}/own`)
  const set = first.headers['set-cookie'] ?? []
  assert.deepEqual([JSON.parse(first.body), set.length], [{ valid: false, renew: false, value: null }, 3])
  assert.deepEqual(set.slice(1).map((line) => line.split(';')[0]), ['second=%C3%A9%3B', 'third='])
  const second = await send(`${url}/own`, { headers: { cookie: `x=1; ${set[0]?.split(';')[0]}` } })
  assert.deepEqual(JSON.parse(second.body), { valid: true, renew: false, value: 'value' })
})

test('@fastify/cors answers for own routes, credentials and exposed headers included', async (t) => {
  const { url } = await startWithPlugin(t, answers('theirs'), async (app) => {
    await app.register(cors, { origin: [/\.example$/], credentials: true, exposedHeaders: ['X-Count'], maxAge: 60 })
    app.put('/own', async () => 'own')
  })
  const asks = { origin: 'https://page.example', 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x-a' }
  const preflight = await send(`${url}/own`, { method: 'OPTIONS', headers: asks })
  assert.deepEqual([preflight.status, preflight.body, preflight.headers['content-length']], [204, '', '0'])
  assert.match(String(preflight.headers['access-control-allow-methods']), /PUT|POST/)
  assert.deepEqual([preflight.headers['access-control-max-age'], preflight.headers['access-control-allow-headers']], ['60', 'x-a'])
  const { headers, body } = await send(`${url}/own`, { method: 'PUT', headers: { origin: 'https://page.example' } })
  assert.equal(body, 'own')
  assert.deepEqual([headers['access-control-allow-origin'], headers['access-control-allow-credentials'], headers.vary,
    headers['access-control-expose-headers']], ['https://page.example', 'true', 'Origin', 'X-Count'])
  const foreign = await send(`${url}/own`, { method: 'PUT', headers: { origin: 'https://other.test' } })
  assert.equal(foreign.headers['access-control-allow-origin'], undefined)
})

test('@fastify/rate-limit limits one own route, and nothing else', async (t) => {
  const { url } = await startWithPlugin(t, answers('theirs'), async (app) => {
    await app.register(rateLimit, { global: false })
    app.get('/own', { config: { rateLimit: { max: 1, timeWindow: '1 hour' } } }, async () => 'own')
  })
  const statuses: number[] = []
  for (const path of ['/own', '/own', '/theirs', '/theirs']) statuses.push((await send(url + path)).status)
  assert.deepEqual(statuses, [200, 429, 200, 200])
})

test('@fastify/rate-limit counts by the client that a trusted proxy names', async (t) => {
  const { url } = await startWithPlugin(t, answers('theirs'), async (app) => {
    await app.register(rateLimit, { max: 1, timeWindow: '1 hour' })
  }, { TRUST_PROXY: '127.0.0.1' })
  const statuses: number[] = []
  for (const client of ['192.0.2.1', '192.0.2.2', '192.0.2.1']) {
    statuses.push((await send(url, { headers: { 'x-forwarded-for': client } })).status)
  }
  assert.deepEqual(statuses, [200, 200, 429])
})

test('@fastify/jwt guards an own route with a body, in the header and in a cookie', async (t) => {
  let token = ''
  const { url } = await startWithPlugin(t, echoes, async (app) => {
    await app.register(cookie)
    await app.register(jwt, { secret: 'a secret of the test, which is long enough', cookie: { cookieName: 'token', signed: false } })
    token = app.jwt.sign({ user: 'a' })
    app.post('/own', { onRequest: async (request) => { await request.jwtVerify() } }, async ({ user, body }) => ({ user, body }))
  })
  const sent = { method: 'POST', body: '{"b":1}' }
  const json = { 'content-type': 'application/json' }
  assert.equal((await send(`${url}/own`, { ...sent, headers: json })).status, 401)
  for (const proof of [{ authorization: `Bearer ${token}` }, { cookie: `token=${token}` }]) {
    const { user, body } = JSON.parse(
      (await send(`${url}/own`, { ...sent, headers: { ...json, ...proof } as Record<string, string> })).body
    )
    assert.deepEqual([user.user, body], ['a', { b: 1 }])
  }
  assert.equal((await send(`${url}/theirs`, sent)).body, sent.body)
})
