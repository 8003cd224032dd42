import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import type { AppOptions } from '../../src/app.ts'
import { answers, startBackend, type TestBackend } from '../helpers/backend.ts'
import { FakeClock } from '../helpers/clock.ts'
import { buildApp, startGateway, type TestGateway } from '../helpers/gateway.ts'
import { memoryLog } from '../helpers/log.ts'
import { until } from '../helpers/until.ts'

const handshake = 'GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n'
const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\nX-Kept-Case: 1\r\n\r\n'

function withoutId (answer: string): string {
  return answer.replace(/X-Request-Id: [\w-]+\r\n/, '')
}

/** A backend that agrees to every upgrade, and hands out the connection. */
async function startUpgrading (t: TestContext, answer = switching): Promise<{ backend: TestBackend, tunnels: Socket[], early: Buffer[] }> {
  const tunnels: Socket[] = []
  const early: Buffer[] = []
  // Before the server is closed, which waits for them.
  t.after(() => { for (const tunnel of tunnels) tunnel.destroy() })
  const backend = await startBackend(t, answers('hello'))
  backend.server.on('upgrade', (_req, socket: Socket, bytes: Buffer) => {
    tunnels.push(socket)
    early.push(bytes)
    socket.on('error', () => {})
    socket.write(answer)
  })
  return { backend, tunnels, early }
}

interface RawClient {
  readonly socket: Socket
  readonly received: () => string
  readonly hasEnded: () => boolean
}

function rawClient (t: TestContext, port: number, bytes: string): RawClient {
  let received = ''
  let hasEnded = false
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => { socket.write(bytes, 'latin1') })
  socket.setEncoding('latin1').on('data', (piece) => { received += String(piece) })
  socket.on('end', () => { hasEnded = true })
  socket.on('error', () => { hasEnded = true })
  t.after(() => { socket.destroy() })
  return { socket, received: () => received, hasEnded: () => hasEnded }
}

async function openTunnel (t: TestContext, settings: Record<string, string> = {}, options: Partial<AppOptions> = {}) {
  const { backend, tunnels } = await startUpgrading(t)
  const gateway = await startGateway(t, { BACKENDS: backend.url, ...settings }, options)
  const client = rawClient(t, gateway.port, `${handshake}\r\n`)
  await until('the answer', () => client.received().endsWith('\r\n\r\n'))
  return { gateway, client, far: tunnels[0] as Socket }
}

function inFlight ({ app }: TestGateway): number {
  return app.registry.backends().reduce((sum, backend) => sum + backend.inFlight, 0)
}

test('a WebSocket works both ways, with its subprotocol, and its close code arrives', async (t) => {
  const backend = await startBackend(t, answers('hello'))
  const server = new WebSocketServer({ server: backend.server, handleProtocols: () => 'chat' })
  server.on('connection', (socket) => {
    socket.on('message', (message) => { socket.send(`echo of ${String(message)}`) })
  })
  const { port } = await startGateway(t, { BACKENDS: backend.url })
  const client = new WebSocket(`ws://127.0.0.1:${port}/chat?room=1`, ['chat', 'other'])
  await once(client, 'open')
  assert.equal(client.protocol, 'chat')
  client.send('a'.repeat(100_000))
  const [message] = await once(client, 'message') as [Buffer]
  assert.equal(message.toString(), `echo of ${'a'.repeat(100_000)}`)
  const [other] = server.clients
  assert.ok(other !== undefined)
  const closed = once(other, 'close')
  client.close(4001, 'enough')
  const [code, reason] = await closed as [number, Buffer]
  assert.deepEqual([code, reason.toString()], [4001, 'enough'])
})

test('the answer goes on as it is, with bytes that came early on either side', async (t) => {
  const { backend, tunnels, early } = await startUpgrading(t, `${switching}from the backend`)
  const gateway = await startGateway(t, { BACKENDS: backend.url })
  const client = rawClient(t, gateway.port, `${handshake}\r\nfrom the client`)
  await until('the early bytes', () => client.received().endsWith('from the backend'))
  assert.equal(withoutId(client.received()), `${switching}from the backend`)
  const [far] = tunnels
  far?.on('data', (bytes: Buffer) => { early.push(bytes) })
  await until('those of the client', () => Buffer.concat(early).toString() === 'from the client')
})

test('a refused upgrade is an answer like others, body included', async (t) => {
  const backend = await startBackend(t, answers('hello'))
  backend.server.on('upgrade', (_req, socket: Socket) => {
    socket.end('HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 4\r\n\r\nstop')
  })
  const gateway = await startGateway(t, { BACKENDS: backend.url })
  const client = rawClient(t, gateway.port, `${handshake}\r\n`)
  await until('the end', client.hasEnded)
  assert.match(client.received(), /^HTTP\/1\.1 401 Unauthorized\r\n[^]*WWW-Authenticate: Basic realm="x"\r\n[^]*\r\n\r\nstop$/)
  assert.equal(inFlight(gateway), 0)
})

test('an upgrade goes to another backend when the first refuses the connection', async (t) => {
  const { backend } = await startUpgrading(t)
  const dead = await startBackend(t, answers('dead'))
  const gateway = await startGateway(t, { BACKENDS: `${dead.url},${backend.url}` }, { random: () => 0 })
  await dead.die()
  const client = rawClient(t, gateway.port, `${handshake}\r\n`)
  await until('the answer', () => withoutId(client.received()) === switching)
})

test('hooks run for upgrades, and may refuse them', async (t) => {
  const { backend, tunnels } = await startUpgrading(t)
  const app = await buildApp(t, { BACKENDS: backend.url })
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers.authorization === undefined) await reply.code(403).send('no')
  })
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const refused = rawClient(t, Number(port), `${handshake}\r\n`)
  await until('the refusal', refused.hasEnded)
  assert.match(refused.received(), /^HTTP\/1\.1 403 [^]*no$/)
  assert.equal(tunnels.length, 0)
  const welcome = rawClient(t, Number(port), `${handshake}Authorization: x\r\n\r\n`)
  await until('the answer', () => withoutId(welcome.received()) === switching)
})

test('a lease is held as long as the tunnel is open, and the access log has one line', async (t) => {
  const log = memoryLog()
  const { backend, tunnels } = await startUpgrading(t)
  const gateway = await startGateway(t, { BACKENDS: backend.url }, { logger: log.logger })
  const client = rawClient(t, gateway.port, `${handshake}\r\n`)
  await until('the answer', () => withoutId(client.received()) === switching)
  assert.equal(inFlight(gateway), 1)
  assert.equal(log.lines('request').length, 0)
  client.socket.end()
  tunnels[0]?.end()
  await until('the lease to be settled', () => inFlight(gateway) === 0)
  const [line] = await until('the line', () => log.lines('request').length > 0 && log.lines('request'))
  assert.deepEqual([line?.['statusCode'], line?.['outcome'], line?.['path']], [101, 'success', '/chat'])
})

test('one side may end while the other still sends', async (t) => {
  const { client, far, gateway } = await openTunnel(t)
  const ended = once(far, 'end')
  far.resume()
  client.socket.end('last words')
  await ended
  far.write('still here, ')
  await until('what is sent after the end', () => client.received().endsWith('still here, '))
  far.end('bye')
  await until('the end', client.hasEnded)
  assert.ok(client.received().endsWith('still here, bye'))
  await until('the lease to be settled', () => inFlight(gateway) === 0)
})

for (const [who, cut] of Object.entries<(ends: { client: Socket, far: Socket }) => void>({
  client: ({ client }) => { client.resetAndDestroy() },
  backend: ({ far }) => { far.resetAndDestroy() }
})) {
  test(`a ${who} that is gone takes the other side with it`, async (t) => {
    const { client, far, gateway } = await openTunnel(t)
    const other = who === 'client' ? far : client.socket
    const ended = once(other, 'end')
    other.resume()
    cut({ client: client.socket, far })
    await ended
    await until('the lease to be settled', () => inFlight(gateway) === 0)
    assert.equal(gateway.app.listener.tunnels, 0)
  })
}

const pieceBytes = 65_536
const pieceCount = 1024

/** Writes pieces, each when the one before has left; `count` tells how many have. */
function writePieces (to: Socket): { count: () => number } {
  const piece = Buffer.alloc(pieceBytes)
  let count = 0
  const next = (): void => {
    to.write(piece, () => { if (++count < pieceCount) next() })
  }
  next()
  return { count: () => count }
}

/** Resolves when the counter has stood still over many turns of the loop. */
async function untilHeld (count: () => number): Promise<void> {
  let last = -1
  let turns = 0
  await until('the writer to be held', () => {
    turns = count() === last && last > 0 ? turns + 1 : 0
    last = count()
    return turns > 50
  })
}

for (const writer of ['backend', 'client']) {
  test(`a reader that stands still holds a ${writer} that writes, and gets everything when it goes on`, async (t) => {
    const { client, far, gateway } = await openTunnel(t)
    const [from, to] = writer === 'backend' ? [far, client.socket] : [client.socket, far]
    to.pause()
    const { count } = writePieces(from)
    await untilHeld(count)
    // What has left lies in the kernel's buffers of two connections; the gateway holds a piece or two.
    assert.ok(count() < pieceCount / 2, `${count()} of ${pieceCount} pieces have left`)
    let receivedBytes = 0
    to.on('data', (bytes: Buffer | string) => { receivedBytes += bytes.length })
    to.resume()
    await until('everything', () => receivedBytes === pieceBytes * pieceCount)
    assert.equal(inFlight(gateway), 1)
  })
}

test('a tunnel without a byte is cut after TUNNEL_IDLE_TIMEOUT_MS', async (t) => {
  const clock = new FakeClock()
  const { client, far, gateway } = await openTunnel(t, { TUNNEL_IDLE_TIMEOUT_MS: '1700' }, { clock })
  far.resume()
  await clock.letPass(1700)
  await until('the end', client.hasEnded)
  await until('the lease to be settled', () => inFlight(gateway) === 0)
})
