import assert from 'node:assert/strict'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { test, type TestContext } from 'node:test'
import websocket from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import { startByteBackend, startByteClient, type ByteEnd } from '../helpers/bytes.ts'
import { startGateway, type TestGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'

const upgrade = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`
const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n'

interface Echo extends TestGateway {
  /** The urls of the upgrades that the backend got. */
  readonly asked: string[]
  say (bytes: string): Promise<ByteEnd>
}

/** A gateway in front of a backend that takes every upgrade, and sends back what comes. */
async function startEcho (t: TestContext, own: (app: FastifyInstance) => void | Promise<void>): Promise<Echo> {
  const asked: string[] = []
  const backend = await startByteBackend(t, (end) => {
    asked.push(end.heard().split(' ')[1] ?? '')
    end.say(switching)
    end.socket.on('data', (bytes) => { end.socket.write(bytes) })
  })
  const plugin = Object.assign(async (app: FastifyInstance) => { await own(app) }, { [Symbol.for('skip-override')]: true })
  const gateway = await startGateway(t, { BACKENDS: backend.url }, { plugins: [plugin] })
  return { ...gateway, asked, say: (bytes) => startByteClient(t, gateway.port, bytes) }
}

/** What node:http's listeners for upgrades get. */
type OnUpgrade = (req: IncomingMessage, socket: Duplex, head: Buffer) => void

function onUpgrade (app: FastifyInstance, listener: OnUpgrade): void {
  (app.server as Server).on('upgrade', listener)
}

test('a listener for upgrades takes a connection, with what came early and what comes later', async (t) => {
  const { say, asked } = await startEcho(t, (app) => {
    onUpgrade(app, (req, socket) => {
      socket.write(`HTTP/1.1 101 Mine\r\n\r\n${req.method} ${req.url} ${req.headers.upgrade};`)
      socket.on('data', (bytes) => { socket.write(bytes) })
      socket.on('end', () => { socket.end('bye') })
    })
  })
  const client = await say(`${upgrade('/mine')}early `)
  await client.hears('GET /mine echo;early ')
  client.say('late')
  await client.hears('early late')
  client.socket.end()
  assert.match(await client.hearsTheEnd(), /^HTTP\/1\.1 101 Mine\r\n\r\nGET \/mine echo;early latebye$/)
  assert.deepEqual(asked, [])
})

test('what no listener for upgrades takes is forwarded, with one 101', async (t) => {
  const heard: string[] = []
  const { say, asked } = await startEcho(t, (app) => { onUpgrade(app, (req) => { heard.push(req.url as string) }) })
  const client = await say(`${upgrade('/theirs')}early`)
  const text = await client.hears('early')
  assert.equal(text.split('HTTP/1.1 ').length, 2, text)
  assert.deepEqual([heard, asked], [['/theirs'], ['/theirs']])
})

test('a listener for upgrades may refuse', async (t) => {
  const { say, asked } = await startEcho(t, (app) => { onUpgrade(app, (_req, socket) => { socket.end('HTTP/1.1 403 Forbidden\r\n\r\n') }) })
  const client = await say(upgrade('/'))
  assert.equal(await client.hearsTheEnd(), 'HTTP/1.1 403 Forbidden\r\n\r\n')
  assert.deepEqual(asked, [])
})

for (const how of ['destroy', 'end'] as const) {
  test(`a listener for upgrades refuses by ${how}() alone, and nothing is forwarded`, async (t) => {
    const { say, asked } = await startEcho(t, (app) => { onUpgrade(app, (_req, socket) => { socket[how]() }) })
    const client = await say(upgrade('/'))
    assert.equal(await client.hearsTheEnd(), '')
    assert.deepEqual(asked, [])
  })
}

for (const event of ['data', 'readable']) {
  test(`a listener for upgrades takes a connection by listening for '${event}' alone`, async (t) => {
    let heard = ''
    const { say, asked } = await startEcho(t, (app) => {
      onUpgrade(app, (_req, socket) => {
        socket.on(event, (bytes?: Buffer) => {
          heard += String(bytes ?? socket.read() ?? '')
          if (heard.endsWith('late')) socket.end('done')
        })
      })
    })
    const client = await say(`${upgrade('/')}early`)
    await until('the early bytes', () => heard === 'early')
    client.say('late')
    assert.equal(await client.hearsTheEnd(), 'done')
    assert.deepEqual(asked, [])
  })
}

test('a slow reader of a connection that was taken holds the writer', async (t) => {
  let written = 0
  const { say } = await startEcho(t, (app) => {
    onUpgrade(app, (_req, socket) => {
      const piece = Buffer.alloc(65_536)
      const write = (): void => {
        while (written < 1000 && socket.write(piece)) written++
        if (written < 1000) socket.once('drain', write)
      }
      write()
    })
  })
  const client = await say(upgrade('/'))
  client.socket.pause()
  let before = -1
  await until('the writer to be held', () => {
    const isHeld = written > 0 && written === before
    before = written
    return isHeld
  })
  assert.ok(written < 900, String(written))
})

for (const hasPlugin of [false, true]) {
  test(`hooks hear of an upgrade that is forwarded and of its end, ${hasPlugin ? 'with' : 'without'} @fastify/websocket`, async (t) => {
    const seen: string[] = []
    const { say, asked } = await startEcho(t, async (app) => {
      if (hasPlugin) await app.register(websocket)
      app.addHook('onRequest', async ({ url }) => { seen.push(`onRequest ${url}`) })
      app.addHook('onResponse', async ({ url }, reply) => { seen.push(`onResponse ${url} ${reply.statusCode}`) })
    })
    const client = await say(upgrade('/theirs'))
    await client.hears('\r\n\r\n')
    assert.deepEqual([seen, asked], [['onRequest /theirs'], ['/theirs']])
    client.socket.end()
    await until('the end of the tunnel', () => seen.length > 1)
    assert.deepEqual(seen, ['onRequest /theirs', 'onResponse /theirs 101'])
  })

  test(`a hook refuses an upgrade, ${hasPlugin ? 'with' : 'without'} @fastify/websocket`, async (t) => {
    const { say, asked } = await startEcho(t, async (app) => {
      if (hasPlugin) await app.register(websocket)
      app.addHook('onRequest', async (_request, reply) => await reply.code(401).send('no'))
    })
    const client = await say(upgrade('/theirs'))
    const text = await client.hearsTheEnd()
    assert.match(text, /^HTTP\/1\.1 401 [^]*\r\n\r\nno$/)
    assert.deepEqual(asked, [])
  })
}
