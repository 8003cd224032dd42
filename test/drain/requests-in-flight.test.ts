import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, type IncomingMessage, type ServerResponse } from 'node:http'
import { test, type TestContext } from 'node:test'
import { startBackend } from '../helpers/backend.ts'
import { open, send } from '../helpers/client.ts'
import { FakeClock } from '../helpers/clock.ts'
import { startGateway } from '../helpers/gateway.ts'
import { memoryLog } from '../helpers/log.ts'
import { settled, until } from '../helpers/until.ts'

/** A gateway with a request in flight, whose response the test ends. Time stands still. */
async function startBusy (t: TestContext, settings: Record<string, string> = {}, agent?: Agent) {
  const clock = new FakeClock()
  const log = memoryLog()
  let held: ServerResponse | undefined
  const backend = await startBackend(t, (req, res) => {
    if (req.url === '/held') {
      held = res
      res.write('first ')
    } else {
      res.end('quick')
    }
  })
  const gateway = await startGateway(
    t,
    { BACKENDS: backend.url, HEALTH_CHECK_TIMEOUT_MS: '3600000', ...settings },
    { clock, logger: log.logger }
  )
  const inFlight = await open(`${gateway.url}/held`, agent ? { agent } : {})
  const response = held
  assert.ok(response)
  return { ...gateway, clock, log, inFlight, finish: () => { response.end('second') } }
}

async function readiness (adminUrl: string) {
  const { status, body } = await send(`${adminUrl}/readyz`)
  return [status, JSON.parse(body).status]
}

async function text (response: IncomingMessage): Promise<string> {
  let whole = ''
  for await (const piece of response) whole += String(piece)
  return whole
}

test('the drain lets a request in flight finish, says that it is not ready, and takes no new connection', async (t) => {
  const { app, url, adminUrl, inFlight, finish, log } = await startBusy(t)
  let isDone = false
  const drained = app.drain().then(() => { isDone = true })
  await until('new connections to be refused', () => send(url).then(() => false, ({ code }) => code === 'ECONNREFUSED'))
  assert.deepEqual(await readiness(adminUrl), [503, 'draining'])
  assert.equal(isDone, false)
  finish()
  assert.equal(await text(inFlight), 'first second')
  await drained
  await assert.rejects(send(adminUrl), { code: 'ECONNREFUSED' })
  assert.deepEqual(log.lines().map(({ msg }) => msg).filter((msg) => /drain/.test(msg)), ['draining', 'drained'])
})

test('a connection that a client keeps alive does not hold up the drain for long', async (t) => {
  const agent = new Agent({ keepAlive: true })
  t.after(() => { agent.destroy() })
  const { app, url, inFlight, finish, clock } = await startBusy(t, {}, agent)
  await send(url, { agent })
  let isDone = false
  const drained = app.drain().then(() => { isDone = true })
  await until('new connections to be refused', () => send(url).then(() => false, ({ code }) => code === 'ECONNREFUSED'))
  finish()
  assert.equal(await text(inFlight), 'first second')
  await until('the end', () => {
    clock.advance(25)
    return isDone
  })
  await drained
})

test('a client that keeps its connection is told of the end with its next answer', async (t) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => { agent.destroy() })
  const { app, url, finish, inFlight, clock } = await startBusy(t)
  await send(url, { agent })
  const drained = app.drain()
  await settled()
  const answer = await send(url, { agent })
  assert.deepEqual([answer.status, answer.headers.connection], [200, 'close'])
  clock.advance(25)
  finish()
  await text(inFlight)
  await drained
})

test('during SHUTDOWN_DELAY_MS the gateway is not ready but serves', async (t) => {
  const { app, url, adminUrl, inFlight, finish, clock } = await startBusy(t, { SHUTDOWN_DELAY_MS: '5000' })
  const drained = app.drain()
  assert.deepEqual(await readiness(adminUrl), [503, 'draining'])
  clock.advance(4999)
  await settled()
  assert.equal((await send(url)).body, 'quick')
  clock.advance(1)
  await until('new connections to be refused', () => send(url).then(() => false, ({ code }) => code === 'ECONNREFUSED'))
  finish()
  assert.equal(await text(inFlight), 'first second')
  await drained
})

test('requests that are not finished after SHUTDOWN_TIMEOUT_MS are cut', async (t) => {
  const { app, url, inFlight, clock, log } = await startBusy(t, { SHUTDOWN_TIMEOUT_MS: '3000' })
  const cut = assert.rejects(text(inFlight), { code: 'ECONNRESET' })
  const drained = app.drain()
  await until('new connections to be refused', () => send(url).then(() => false, ({ code }) => code === 'ECONNREFUSED'))
  clock.advance(2999)
  await settled()
  assert.equal(inFlight.destroyed, false)
  clock.advance(1)
  await cut
  await drained
  assert.equal(log.lines().filter(({ level, msg }) => level === 40 && msg.startsWith('requests in flight were cut')).length, 1)
})

test('the delay does not count as time to finish', async (t) => {
  const { app, url, inFlight, finish, clock } = await startBusy(t, { SHUTDOWN_DELAY_MS: '5000', SHUTDOWN_TIMEOUT_MS: '3000' })
  const drained = app.drain()
  clock.advance(5000)
  await until('new connections to be refused', () => send(url).then(() => false, ({ code }) => code === 'ECONNREFUSED'))
  clock.advance(2999)
  finish()
  assert.equal(await text(inFlight), 'first second')
  await drained
})

test('a gateway at rest drains at once, with health checks and connections to backends ended', async (t) => {
  const clock = new FakeClock()
  const backend = await startBackend(t, (_req, res) => { res.end('quick') })
  const { app, url } = await startGateway(t, { BACKENDS: backend.url }, { clock })
  await send(url)
  const toBackend = backend.requests[0]?.socket
  await Promise.all([app.drain(), toBackend?.destroyed ? undefined : once(toBackend ?? backend.server, 'close')])
  assert.equal(clock.nextInMs(), undefined)
})
