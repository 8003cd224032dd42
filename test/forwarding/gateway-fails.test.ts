import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { AppOptions } from '../../src/app.ts'
import { answers, startBackend } from '../helpers/backend.ts'
import { startByteBackend, startByteClient, type ByteEnd } from '../helpers/bytes.ts'
import { send } from '../helpers/client.ts'
import { faultyClock, injected, type FaultyClock } from '../helpers/faulty-clock.ts'
import { buildApp, startGateway as start, type TestGateway } from '../helpers/gateway.ts'
import { memoryLog } from '../helpers/log.ts'
import { until } from '../helpers/until.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n'
const get = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'
const post = 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n'
const upgrade = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'
const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'

async function startGateway (t: TestContext, backends: string, options: Partial<AppOptions> = {}) {
  const log = memoryLog()
  const settings = { BACKENDS: backends, OUTLIER_FAILURES: '1' }
  return { log, gateway: await start(t, settings, { logger: log.logger, ...options }) }
}

/** The gateway's own failure is logged, with its stack; the backend has its room back and is not blamed. */
async function assertOwnFailure ({ app }: TestGateway, log: ReturnType<typeof memoryLog>, message = injected): Promise<void> {
  const line = await until('the line', () => log.lines('request failed in the gateway')[0])
  const { stack, message: logged } = line['err'] as { stack: string, message: string }
  assert.equal(line.level, 50)
  assert.ok(logged.includes(message), logged)
  assert.match(stack, /\n {4}at /)
  await until('the lease to be settled', () => app.services.default.backends().every(({ inFlight }) => inFlight === 0))
  await until('the exchange to be over', () => app.forwarder.openExchanges === 0)
  assert.ok(app.services.default.backends().every(({ state }) => state === 'healthy'), 'no backend is blamed')
  assert.equal(log.lines('request failed in the gateway').length, 1)
}

interface Fault {
  readonly request: string
  /** What the backend says at once, and what once the clock is broken. */
  readonly before?: string
  readonly then?: (backend: ByteEnd | undefined, client: ByteEnd) => void
  /** The client's connection is cut in the middle of this; without it, the answer is a 500. */
  readonly cutAfter?: string
  /** The answer is whole already. */
  readonly isLate?: boolean
}

const faults: Record<string, Fault> = {
  'new Exchange': { request: get },
  'Exchange.onAttempt': { request: get },
  'Exchange.onConnected': { request: get },
  'RequestBody.onPiece': { request: post, then: (_backend, client) => { client.say('body') } },
  'Exchange.onBodySent': { request: post, then: (_backend, client) => { client.say('body') } },
  'Exchange.onHead': { request: get, then: (backend) => { backend?.say(`${ok}\r\nbody`) } },
  'Exchange.onFlush': { request: get, before: `${ok}\r\nbo`, then: (backend) => { backend?.say('d') }, cutAfter: 'bo' },
  'Exchange.onComplete': { request: get, then: (backend) => { backend?.say(`${ok}\r\nbody`) } },
  'Exchange.onFailed': { request: post, then: (backend) => { backend?.socket.resetAndDestroy() } },
  'Exchange.onTunnelBytes': { request: upgrade, before: switching, then: (backend) => { backend?.say('x') }, cutAfter: '\r\n\r\n' },
  'Tunnel.onBytes': { request: upgrade, before: switching, then: (_backend, client) => { client.say('x') }, cutAfter: '\r\n\r\n' },
  'Exchange.onEnd': { request: get, then: (backend) => { backend?.say(`${ok}\r\nbody`) }, isLate: true }
}

for (const [method, { request, before = '', then, cutAfter, isLate = false }] of Object.entries(faults)) {
  test(`a fault of the gateway in ${method} ends this request, and nothing else`, async (t) => {
    const clock: FaultyClock = faultyClock()
    const backend = await startByteBackend(t, (end) => { end.say(before) })
    const spare = await startByteBackend(t, () => {})
    const { log, gateway } = await startGateway(t, `${backend.url},${spare.url}`, { clock })
    if (then === undefined) clock.breakIn(method)
    const client = await startByteClient(t, gateway.port, request)
    if (then !== undefined) {
      const far = await backend.connected(0)
      await client.hears(cutAfter ?? '')
      clock.breakIn(method)
      then(far, client)
    }
    if (isLate) await client.hears('\r\n\r\nbody')
    else if (cutAfter === undefined) assert.match(await client.hears('EVENKEEL_INTERNAL'), /^HTTP\/1\.1 500 Internal Server Error\r\n/)
    else assert.ok((await client.hearsTheEnd()).endsWith(cutAfter))
    assert.equal(clock.hasThrown, true)
    await assertOwnFailure(gateway, log)
    if (!isLate) await backend.connections[0]?.hearsTheEnd()
    assert.ok(backend.connections.length <= 1, 'nothing is sent again')
    assert.equal(spare.connections.length, 0, 'nothing is sent to another backend')
  })
}

test('a strategy of the owner\'s that throws fails the request that it was asked for, and no other', async (t) => {
  let isBroken = false
  const backend = await startBackend(t, answers('hello'))
  const { log, gateway } = await startGateway(t, backend.url, {
    strategy: () => ({
      pick ([first]) {
        if (isBroken) throw new Error(injected)
        return first as NonNullable<typeof first>
      }
    })
  })
  isBroken = true
  assert.equal((await send(gateway.url)).status, 500)
  await assertOwnFailure(gateway, log)
  isBroken = false
  assert.equal((await send(gateway.url)).body, 'hello')
})

test('a request that waits and fails when it is let in does not fail the one that made room', async (t) => {
  let isBroken = false
  const release: Array<() => void> = []
  const backend = await startBackend(t, (_req, res) => { release.push(() => { res.end('hello') }) })
  const log = memoryLog()
  const gateway = await start(t, { BACKENDS: backend.url, MAX_REQUESTS_PER_BACKEND: '1' }, {
    logger: log.logger,
    strategy: () => ({
      pick ([first]) {
        if (isBroken) throw new Error(injected)
        return first as NonNullable<typeof first>
      }
    })
  })
  const first = send(gateway.url)
  await until('the first', () => release.length === 1)
  const second = send(gateway.url)
  await until('the second to wait', () => gateway.app.services.queued === 1)
  isBroken = true
  release[0]?.()
  assert.deepEqual([(await first).body, (await second).status], ['hello', 500])
  await assertOwnFailure(gateway, log)
  assert.equal(gateway.app.services.queued, 0)
})

test('a header of a hook that is none fails the request, and its client is told nothing of it', async (t) => {
  const backend = await startBackend(t, answers('hello'))
  const log = memoryLog()
  const app = await buildApp(t, { BACKENDS: backend.url }, { logger: log.logger })
  app.addHook('onRequest', async (request, reply) => {
    if (request.url === '/broken') reply.header('x-hook', '日本')
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const { status, body } = await send(`${url}/broken`)
  assert.deepEqual([status, JSON.parse(body).code], [500, 'EVENKEEL_INTERNAL'])
  assert.equal(backend.requests.length, 0)
  assert.match(JSON.stringify(log.lines('request failed in the gateway')), /ERR_INVALID_CHAR/)
  assert.equal((await send(url)).body, 'hello')
})

for (const [what, bytes, answer] of [
  ['an answer', get, `${ok}\r\nbody`],
  ['a large answer', get, `HTTP/1.1 200 OK\r\nContent-Length: 30000\r\n\r\n${'x'.repeat(30_000)}`],
  ['an endless answer', get, 'HTTP/1.1 200 OK\r\n\r\nbody'],
  ['an agreement to an upgrade', upgrade, switching]
] as const) {
  test(`of ${what} nothing follows what a hook has written to the response`, async (t) => {
    const backend = await startByteBackend(t, (end) => { end.say(answer) })
    const log = memoryLog()
    const app = await buildApp(t, { BACKENDS: backend.url }, { logger: log.logger })
    app.addHook('onRequest', async (_request, { raw }) => { raw.write('of a hook') })
    const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
    const client = await startByteClient(t, Number(port), bytes)
    const received = await client.hearsTheEnd()
    // What the hook has written just now may be lost.
    assert.ok(received === '' || (received.endsWith('\r\nof a hook\r\n') && received.lastIndexOf('HTTP/1.1 ') === 0), received)
    const [line] = await until('the line', () => log.lines('request failed in the gateway'))
    assert.match(JSON.stringify(line), /the response has already started/)
    await until('the exchange to be over', () => app.forwarder.openExchanges === 0)
    assert.deepEqual(app.services.default.backends().map(({ state, inFlight }) => [state, inFlight]), [['healthy', 0]])
  })

  test(`what a hook writes to the response once its request is at a backend is no part of ${what}`, async (t) => {
    let write: (() => unknown) | undefined
    const backend = await startByteBackend(t, (end) => {
      write?.()
      end.say(answer)
      end.socket.end()
    })
    const app = await buildApp(t, { BACKENDS: backend.url })
    app.addHook('onRequest', async (_request, { raw }) => { write = () => raw.write('of a hook') })
    const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
    const client = await startByteClient(t, Number(port), bytes)
    const received = await client.hears(bytes === upgrade ? '\r\n\r\n' : answer.includes('x') ? 'x'.repeat(30_000) : 'body')
    assert.ok(received.startsWith(bytes === upgrade ? 'HTTP/1.1 101 ' : 'HTTP/1.1 200 ') && !received.includes('of a hook'), received)
    client.socket.destroy()
    await until('the exchange to be over', () => app.forwarder.openExchanges === 0)
  })
}

test('who listens to exchanges and throws costs no client its answer', async (t) => {
  const backend = await startBackend(t, answers('hello'))
  const { log, gateway } = await startGateway(t, backend.url)
  gateway.app.exchanges.subscribe(() => { throw new Error(injected) })
  assert.equal((await send(gateway.url)).body, 'hello')
  await assertOwnFailure(gateway, log)
})
