import assert from 'node:assert/strict'
import type { RequestListener, ServerResponse } from 'node:http'
import { Agent } from 'node:http'
import { test, type TestContext } from 'node:test'
import { retryDelayMs } from '../../src/forwarding/retry.ts'
import { answers, startBackend, type TestBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'
import { memoryLog } from '../helpers/log.ts'
import { until } from '../helpers/until.ts'

/** Each reads the whole request first. */
const failures: Record<string, RequestListener> = {
  refuses: () => {
    throw new Error('nobody listens')
  },
  'resets before the head': whenRead((res) => {
    res.socket?.resetAndDestroy()
  }),
  'closes before the head': whenRead((res) => {
    res.socket?.destroy()
  }),
  'resets in the head': whenRead((res) => {
    res.socket?.write('HTTP/1.1 200 OK\r\nContent-', () => {
      res.socket?.resetAndDestroy()
    })
  }),
  'resets after the head': whenRead((res) => {
    res.writeHead(200, { 'content-length': 5 }).write('he', () => {
      res.socket?.resetAndDestroy()
    })
  })
}

function whenRead (then: (res: ServerResponse) => void): RequestListener {
  return (req, res) => {
    req.resume()
    req.on('end', () => { then(res) })
  }
}

interface Case {
  readonly failure: keyof typeof failures
  readonly method: string
  readonly body?: string
  readonly settings?: Record<string, string>
  /** How many attempts are made, of which `seen` reach a backend. */
  readonly attempts: number
  readonly seen: number
  /** What the client gets; undefined: a head, and a cut. */
  readonly status: 502 | undefined
  readonly reasons: RegExp
}

const reset = /^(reset|closed)$/
const cases: Case[] = [
  { failure: 'refuses', method: 'GET', attempts: 3, seen: 0, status: 502, reasons: /^refused$/ },
  { failure: 'refuses', method: 'POST', body: 'hello', attempts: 3, seen: 0, status: 502, reasons: /^refused$/ },
  {
    failure: 'refuses',
    method: 'POST',
    body: 'hello',
    settings: { RETRY_BODY_BYTES: '0' },
    attempts: 3,
    seen: 0,
    status: 502,
    reasons: /^refused$/
  },
  { failure: 'refuses', method: 'GET', settings: { RETRIES: '0' }, attempts: 1, seen: 0, status: 502, reasons: /^refused$/ },
  { failure: 'resets before the head', method: 'GET', attempts: 3, seen: 3, status: 502, reasons: reset },
  { failure: 'resets before the head', method: 'PROPFIND', attempts: 3, seen: 3, status: 502, reasons: reset },
  { failure: 'resets before the head', method: 'GET', settings: { RETRIES: '0' }, attempts: 1, seen: 1, status: 502, reasons: reset },
  { failure: 'resets before the head', method: 'GET', settings: { RETRIES: '1' }, attempts: 2, seen: 2, status: 502, reasons: reset },
  {
    failure: 'resets before the head',
    method: 'PUT',
    body: 'hello',
    settings: { RETRY_BODY_BYTES: '5' },
    attempts: 3,
    seen: 3,
    status: 502,
    reasons: reset
  },
  {
    failure: 'resets before the head',
    method: 'PUT',
    body: 'hello',
    settings: { RETRY_BODY_BYTES: '4' },
    attempts: 1,
    seen: 1,
    status: 502,
    reasons: reset
  },
  { failure: 'resets before the head', method: 'POST', attempts: 1, seen: 1, status: 502, reasons: reset },
  { failure: 'resets before the head', method: 'POST', body: 'hello', attempts: 1, seen: 1, status: 502, reasons: reset },
  { failure: 'resets before the head', method: 'PATCH', body: 'hello', attempts: 1, seen: 1, status: 502, reasons: reset },
  { failure: 'closes before the head', method: 'GET', attempts: 3, seen: 3, status: 502, reasons: /^closed$/ },
  { failure: 'closes before the head', method: 'POST', attempts: 1, seen: 1, status: 502, reasons: /^closed$/ },
  { failure: 'resets in the head', method: 'GET', attempts: 1, seen: 1, status: 502, reasons: reset },
  { failure: 'resets after the head', method: 'GET', attempts: 1, seen: 1, status: undefined, reasons: reset }
]

for (const { failure, method, body = '', settings = {}, attempts, seen, status, reasons } of cases) {
  const how = Object.entries({ body, ...settings }).filter(([, value]) => value !== '').map(([name, value]) => `${name}=${value}`)
  test(`${[method, ...how].join(' ')}: a backend that ${failure} means ${attempts} of 3 attempts`, async (t) => {
    const { backends, url, onlyAttempts } = await startThree(t, failures[failure] as RequestListener, settings)
    if (failure === 'refuses') for (const backend of backends) await backend.die()

    const answer = send(url, { method, body, headers: { 'content-length': String(body.length) } })
    if (status === undefined) await assert.rejects(answer)
    else assert.equal((await answer).status, status)

    const noted = await onlyAttempts()
    assert.equal(noted.length, attempts)
    for (const { reason } of noted) assert.match(reason, reasons)
    assert.equal(new Set(noted.map(({ backend }) => backend)).size, attempts, 'a backend was tried again while another was in rotation')
    assert.equal(backends.reduce((sum, { requests }) => sum + requests.length, 0), seen)
  })
}

interface Noted {
  readonly backend: string
  readonly reason: string
}

/** Three backends that all do the same, of which one would get nearly all requests, and the attempts in the one line of the log. */
async function startThree (t: TestContext, behaviour: RequestListener, settings: Record<string, string>) {
  const backends: TestBackend[] = []
  for (let i = 0; i < 3; i++) backends.push(await startBackend(t, behaviour))
  const log = memoryLog()
  const { url } = await startGateway(
    t,
    { BACKENDS: backends.map(({ url }, i) => `${url};weight=${10 ** i}`).join(), ...settings },
    { logger: log.logger, random: () => 0 }
  )
  const onlyAttempts = async () => (await until('the line', () => log.lines('request')[0]))['attempts'] as Noted[]
  return { backends, url, onlyAttempts }
}

test('what was sent before the failure is sent whole to the next', async (t) => {
  const bodies: string[] = []
  const hears = (end: (res: ServerResponse) => void): RequestListener => (req, res) => {
    let body = ''
    req.on('data', (piece) => { body += String(piece) })
    req.on('end', () => {
      bodies.push(body)
      end(res)
    })
  }
  const bad = await startBackend(t, hears((res) => { res.socket?.resetAndDestroy() }))
  const good = await startBackend(t, hears((res) => { res.end('done') }))
  const { url } = await startGateway(t, { BACKENDS: `${bad.url},${good.url}`, RETRY_BUDGET_PERCENT: '100' })
  for (const headers of [{ 'content-length': '5' }, { 'transfer-encoding': 'chunked' }]) {
    for (let i = 0; i < 2; i++) assert.equal((await send(url, { method: 'PUT', headers, body: 'hello' })).body, 'done')
  }
  assert.ok(bad.requests.length > 0)
  assert.deepEqual(new Set(bodies), new Set(['hello']))
})

/** A connection that the backend ends as soon as a second request comes on it. */
function endsReused (): RequestListener {
  const used = new WeakSet()
  return (req, res) => {
    if (used.has(req.socket)) { req.socket.destroy(); return }
    used.add(req.socket)
    res.end('fresh')
  }
}

for (const { method, retries, status, seen } of [
  { method: 'GET', retries: '0', status: 200, seen: 3 },
  { method: 'PUT', retries: '0', status: 200, seen: 3 },
  { method: 'GET', retries: '2', status: 200, seen: 3 },
  { method: 'POST', retries: '0', status: 502, seen: 2 },
  { method: 'POST', retries: '2', status: 502, seen: 2 }
]) {
  test(`RETRIES=${retries}: a ${method} on a stale connection is answered ${status}`, async (t) => {
    const backend = await startBackend(t, endsReused())
    const { url } = await startGateway(t, { BACKENDS: backend.url, RETRIES: retries })
    const agent = new Agent({ keepAlive: true })
    t.after(() => { agent.destroy() })
    assert.equal((await send(url, { agent })).body, 'fresh')
    assert.equal((await send(url, { method, agent })).status, status)
    assert.equal(backend.requests.length, seen)
  })
}

test('there is one free repeat, not two', async (t) => {
  const isWell = [true, false, false]
  const backend = await startBackend(t, (req, res) => {
    if (isWell.shift() === true) res.end('well')
    else req.socket.destroy()
  })
  const { url } = await startGateway(t, { BACKENDS: backend.url, RETRIES: '0' })
  await send(url)
  assert.equal((await send(url)).status, 502)
  assert.equal(backend.requests.length, 3)
})

test('a free repeat prefers another backend too', async (t) => {
  const stale = await startBackend(t, endsReused())
  const other = await startBackend(t, answers('other'))
  const { url } = await startGateway(t, { BACKENDS: `${stale.url},${other.url}`, RETRIES: '0' })
  const bodies = []
  for (let i = 0; i < 3; i++) bodies.push((await send(url)).body)
  assert.deepEqual(bodies, ['fresh', 'other', 'other'])
  assert.equal(stale.requests.length, 2)
})

test('a retry goes to a backup when all others have failed the request', async (t) => {
  const primary = await startBackend(t, (req) => { req.socket.destroy() })
  const spare = await startBackend(t, answers('spare'))
  const { url } = await startGateway(t, { BACKENDS: `${primary.url},${spare.url};backup=true` })
  assert.equal((await send(url)).body, 'spare')
  assert.equal(primary.requests.length, 1)
})

test('a stale connection to the only backend is no reason to use a backup', async (t) => {
  const primary = await startBackend(t, endsReused())
  const spare = await startBackend(t, answers('spare'))
  const { url } = await startGateway(t, { BACKENDS: `${primary.url},${spare.url};backup=true` })
  for (let i = 0; i < 2; i++) assert.equal((await send(url)).body, 'fresh')
  assert.equal(spare.requests.length, 0)
})

test('the first repeat goes at once, later ones within 25 ms', () => {
  assert.deepEqual([0, 1].map((repeat) => retryDelayMs(repeat, () => 0.999)), [0, 0])
  for (const repeat of [2, 3, 100]) {
    assert.equal(retryDelayMs(repeat, () => 0), 0)
    assert.equal(retryDelayMs(repeat, () => 0.5), 12.5)
    assert.ok(retryDelayMs(repeat, () => 0.999_999) < 25)
  }
})
