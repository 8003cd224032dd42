import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { answers, startBackend } from '../helpers/backend.ts'
import { startByteClient } from '../helpers/bytes.ts'
import { FakeClock } from '../helpers/clock.ts'
import { buildApp } from '../helpers/gateway.ts'
import { memoryLog } from '../helpers/log.ts'
import { settled, until } from '../helpers/until.ts'

/** A gateway whose clock stands still, and that answers `/slow` itself when the test lets it. */
async function startStill (t: TestContext) {
  const clock = new FakeClock()
  const log = memoryLog()
  const upgraded: string[] = []
  const backend = await startBackend(t, answers('quick'))
  backend.server.on('upgrade', (req, socket) => {
    upgraded.push(req.url as string)
    socket.on('error', () => {}).on('end', () => { socket.end() }).resume()
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
  })
  const app = await buildApp(t, { BACKENDS: backend.url, SHUTDOWN_TIMEOUT_MS: '3000' }, { clock, logger: log.logger })
  let letGo = (): void => {}
  app.addHook('onRequest', async (request, reply) => {
    if (request.raw.url !== '/slow') return
    await new Promise<void>((resolve) => { letGo = resolve })
    return reply.send('of a hook')
  })
  const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
  const countConnections = promisify(app.server.getConnections.bind(app.server))
  const connect = async (bytes = '') => {
    const before = await countConnections()
    const client = await startByteClient(t, port, bytes)
    await until('the connection to be accepted', async () => await countConnections() === before + 1)
    return client
  }
  /** Drains, for which it needs exactly so long by the gateway's clock. */
  const drainsIn = async (ms: number, partingMs?: number): Promise<void> => {
    let isDone = false
    const drained = app.drain(0, partingMs).then(() => { isDone = true })
    for (let passedMs = 0; passedMs < ms; passedMs += 25) {
      await settled()
      await settled()
      assert.equal(isDone, false)
      clock.advance(25)
    }
    await drained
  }
  const warnings = () => log.lines().filter(({ level }) => level >= 40)
  return { clock, connect, drainsIn, warnings, upgraded, letGo: () => { letGo() } }
}

test('a connection that was opened ahead and has sent nothing holds up no drain', async (t) => {
  const { clock, connect, drainsIn, warnings } = await startStill(t)
  const ahead = await connect()
  clock.advance(1000)
  await drainsIn(250)
  await ahead.hearsTheEnd()
  assert.deepEqual(warnings(), [])
})

for (const [partingMs, ms] of [[1000, 1000], [5000, 1500]] as const) {
  test(`asked to keep it for ${partingMs} ms, a drain keeps it for ${ms} of the 3000 ms that it may take in all`, async (t) => {
    const { connect, drainsIn, warnings } = await startStill(t)
    const ahead = await connect()
    await drainsIn(ms, partingMs)
    await ahead.hearsTheEnd()
    assert.deepEqual(warnings(), [])
  })
}

test('one that was opened just now has 250 ms to send its request', async (t) => {
  const { connect, drainsIn } = await startStill(t)
  const ahead = await connect()
  await drainsIn(250)
  assert.equal(await ahead.hearsTheEnd(), '')
})

test('half a head holds up the drain for a second and a bit, and is no request that is cut', async (t) => {
  const { connect, drainsIn, warnings } = await startStill(t)
  const half = await connect('GET / HTTP/1.1\r\nHos')
  await drainsIn(1250)
  await half.hearsTheEnd()
  assert.deepEqual(warnings(), [])
})

test('half a head on a connection that was used before is none either', async (t) => {
  const { connect, drainsIn, warnings } = await startStill(t)
  const kept = await connect('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
  await kept.hears('quick')
  kept.say('GET / HTTP/1.1\r\nHos')
  await drainsIn(1250)
  assert.deepEqual(warnings(), [])
})

test('a tunnel has SHUTDOWN_TIMEOUT_MS and no more, also where a client keeps a connection', async (t) => {
  const { connect, drainsIn, warnings, upgraded } = await startStill(t)
  const tunnel = await connect('GET /tunnel HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
  await tunnel.hears('101')
  const kept = await connect('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
  await kept.hears('quick')
  assert.deepEqual(upgraded, ['/tunnel'])
  await drainsIn(3000)
  await tunnel.hearsTheEnd()
  const [{ msg, requests } = { msg: '', requests: 0 }] = warnings()
  assert.deepEqual([msg, requests], ['requests in flight were cut: they did not finish in time', 1])
})

test('a connection whose request a hook answers while it drains ends with that answer', async (t) => {
  const { connect, drainsIn, letGo, clock, warnings } = await startStill(t)
  const client = await connect('GET /slow HTTP/1.1\r\nHost: h\r\n\r\n')
  clock.after(2000, letGo)
  await drainsIn(2000)
  assert.match(await client.hearsTheEnd(), /of a hook$/)
  assert.deepEqual(warnings(), [])
})
