import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { answers, answersWith, neverAnswers, startBackend } from '../helpers/backend.ts'
import { open, send } from '../helpers/client.ts'
import { FakeClock } from '../helpers/clock.ts'
import { startWithFile } from '../helpers/config-gateway.ts'
import { until } from '../helpers/until.ts'

/** A file with one service `web`, and these routes beside one of all paths. */
function fileWith (url: string, ...routes: string[]): string {
  const lines = routes.map((route) => `  - ${route}\n`).join('')
  return `services: { web: { backends: ["${url}"] } }\nroutes:\n  - { path: /, service: web }\n${lines}`
}

test('a route has its own time to the head of a response, and the others keep that of the settings', async (t) => {
  const clock = new FakeClock()
  const silent = await startBackend(t, neverAnswers)
  const file = fileWith(silent.url, '{ path: /short, service: web, timeouts: { responseMs: 1700 } }')
  const { url } = await startWithFile(t, file, { RESPONSE_TIMEOUT_MS: '3300' }, { clock })
  const [short, long] = [send(`${url}/short`), send(url)]
  await until('the requests to arrive', () => silent.requests.length === 2)
  await clock.letPass(1700)
  assert.equal((await short).status, 504)
  clock.advance(1599)
  const isWaiting = await Promise.race([long.then(() => false), new Promise((resolve) => { setImmediate(resolve, true) })])
  assert.equal(isWaiting, true)
  clock.advance(1)
  assert.equal((await long).status, 504)
})

test('a route has its own longest pause within a body', async (t) => {
  const clock = new FakeClock()
  const held: ServerResponse[] = []
  const backend = await startBackend(t, (_req, res) => {
    held.push(res)
    res.write('first')
  })
  const file = fileWith(backend.url, '{ path: /short, service: web, timeouts: { bodyIdleMs: 1700 } }')
  const { url } = await startWithFile(t, file, { BODY_IDLE_TIMEOUT_MS: '60000' }, { clock })
  const [short, long] = [await open(`${url}/short`), await open(url)]
  const cut = once(short, 'error')
  short.resume()
  await clock.letPass(1700)
  await cut
  for (const res of held) res.end(' second')
  let body = ''
  for await (const piece of long) body += String(piece)
  assert.equal(body, 'first second')
})

test('a route has its own longest body', async (t) => {
  const backend = await startBackend(t, answers('taken'))
  const { url } = await startWithFile(t, fileWith(backend.url, '{ exactPath: /small, service: web, maxBodyBytes: 4 }'))
  const answer = await send(`${url}/small`, { method: 'POST', body: '12345' })
  assert.deepEqual([answer.status, JSON.parse(answer.body).code], [413, 'EVENKEEL_BODY_TOO_LARGE'])
  assert.equal((await send(`${url}/small`, { method: 'POST', body: '1234' })).body, 'taken')
  assert.equal((await send(`${url}/other`, { method: 'POST', body: '12345' })).body, 'taken')
})

test('a route has its own number of retries, and they stay in the service that was drawn', async (t) => {
  const [broken, next] = [await startBackend(t, (req) => { req.socket.destroy() }), await startBackend(t, answers('next'))]
  const file = `services:
  web: { backends: ["${broken.url};name=a", "${broken.url.replace('127.0.0.1', 'localhost')};name=b"], outliers: { failures: 0 } }
  next: { backends: ["${next.url}"] }
routes:
  - { name: none, path: /none, service: web, retries: 0 }
  - { name: one, path: /one, split: { web: 100, next: 0 }, retries: 1 }
`
  const { app, url } = await startWithFile(t, file)
  const attempts: number[] = []
  app.exchanges.subscribe((record) => { attempts.push(record.attempts.length) })
  assert.deepEqual([(await send(`${url}/none`)).status, (await send(`${url}/one`)).status], [502, 502])
  await until('the records', () => attempts.length === 2)
  assert.deepEqual(attempts, [1, 2])
  assert.equal(next.requests.length, 0)
})

test('a route for HTTPS redirects what did not come by it, by the word of a trusted proxy alone', async (t) => {
  const backend = await startBackend(t, answers('by HTTPS'))
  const file = fileWith(backend.url, '{ host: shop.test, service: web, httpsOnly: true }', '{ host: old.test, redirect: https }')
  const { url } = await startWithFile(t, file, { TRUST_PROXY: '127.0.0.1' })
  const ask = (host: string, headers: Record<string, string>) => send(`${url}/a?b=c`, { headers: { host, ...headers } })
  for (const host of ['shop.test', 'old.test']) {
    const { status, headers } = await ask(host, { 'x-forwarded-proto': 'http' })
    assert.deepEqual([status, headers.location], [308, `https://${host}/a?b=c`])
  }
  assert.equal((await ask('shop.test', { 'x-forwarded-proto': 'https' })).body, 'by HTTPS')
  assert.equal((await ask('shop.test', {})).status, 308)
  assert.equal((await ask('old.test', { 'x-forwarded-proto': 'https' })).status, 404, 'it would lead here again')
})

test('headers of the gateway\'s own answers on a route are changed as well', async (t) => {
  const backend = await startBackend(t, answersWith(200))
  const file = fileWith(backend.url, '{ path: /a, service: web, maxBodyBytes: 1, responseHeaders: { set: { x-frame-options: DENY } } }')
  const { url } = await startWithFile(t, file)
  const refused = await send(`${url}/a`, { method: 'POST', body: '12' })
  assert.deepEqual([refused.status, refused.headers['x-frame-options']], [413, 'DENY'])
  assert.equal((await send(`${url}/b`)).headers['x-frame-options'], undefined)
})

test('a request that waits for a backend which a reload takes away is answered at once', async (t) => {
  const clock = new FakeClock()
  const held: ServerResponse[] = []
  const backend = await startBackend(t, (_req, res) => { held.push(res) })
  const file = (backends: string): string =>
    `services: { web: { backends: [${backends}], maxRequestsPerBackend: 1 } }\nroutes: [{ service: web }]\n`
  const { app, url, write } = await startWithFile(t, file(`"${backend.url}"`), {}, { clock })
  const first = send(url)
  await until('the request to arrive', () => held.length === 1)
  const second = send(url)
  await until('the other one to wait', () => app.services.queued === 1)
  await write(file(''))
  await app.configFile.reload()
  assert.equal((await second).status, 503)
  held[0]?.end('whole')
  assert.equal((await first).body, 'whole', 'what a backend has is finished')
})
