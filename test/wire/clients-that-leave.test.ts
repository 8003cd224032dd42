import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { startAnyGateway, type AnyGateway } from '../helpers/any-gateway.ts'
import { startBackend } from '../helpers/backend.ts'
import { startGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'
import { assertServes } from '../helpers/wire.ts'

const clients = 1000

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

interface Exchange {
  readonly bytes: string
  readonly isForwarded: boolean
}

/** At which point of an exchange the clients go away, and what they have sent by then. */
const stages: Record<string, Exchange> = {
  'before they have sent anything': { bytes: '', isForwarded: false },
  'in the middle of the head': { bytes: 'GET / HTTP/1.1\r\nHo', isForwarded: false },
  'in the middle of the body': { bytes: 'POST /hang HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nabc', isForwarded: true },
  'in the middle of a chunk': { bytes: 'POST /hang HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc', isForwarded: true },
  'while they wait for an answer': { bytes: 'GET /hang HTTP/1.1\r\nHost: h\r\n\r\n', isForwarded: true },
  'in the middle of the answer': { bytes: 'GET /half HTTP/1.1\r\nHost: h\r\n\r\n', isForwarded: true },
  'in the middle of an upgrade': { bytes: 'GET /hang HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n', isForwarded: true }
}

async function startBusy<Gateway extends AnyGateway> (t: TestContext, start: (settings: Record<string, string>) => Promise<Gateway>) {
  let arrived = 0
  const backend = await startBackend(t, (req, res: ServerResponse) => {
    if (req.url === '/next') { res.end('hello'); return }
    arrived++
    req.on('error', () => {})
    if (req.url === '/half') res.write('half')
  })
  backend.server.on('upgrade', (_req, socket) => {
    arrived++
    socket.on('error', () => {})
    socket.on('end', () => { socket.destroy() })
    socket.resume()
  })
  const gateway = await start({ BACKENDS: backend.url })

  const comeAndLeave = async ({ bytes, isForwarded }: Exchange): Promise<void> => {
    arrived = 0
    const sockets = await Promise.all(Array.from({ length: clients }, () => connectTo(gateway.port)))
    for (const socket of sockets) if (bytes !== '') socket.write(bytes)
    if (isForwarded) await until('the requests to arrive', () => arrived === clients)
    for (const socket of sockets) socket.resetAndDestroy()

    await until('the client connections to be gone', async () => (await gateway.counts()).connections === 0)
    await until('the leases to be settled', async () => (await gateway.counts()).inFlight === 0)
    await until('the connections to the backend to be gone', () => connectionsOf(backend.server).then((open) => open === 0))
    backend.requests.length = 0
  }
  return { gateway, comeAndLeave }
}

for (const [stage, exchange] of Object.entries(stages)) {
  test(`${clients} clients that leave ${stage} leave nothing behind`, async (t) => {
    const { gateway, comeAndLeave } = await startBusy(t, (settings) => startAnyGateway(t, settings))
    await comeAndLeave(exchange)
    assert.equal((await gateway.counts()).tunnels, 0)
    await assertServes(gateway)
  })
}

test(`of ${clients} clients that leave in the middle of a body nothing stays in memory`, async (t) => {
  const { gateway, comeAndLeave } = await startBusy(t, (settings) => startGateway(t, settings))
  const objects: Array<WeakRef<object>> = []
  gateway.app.server.on('connection', (socket) => { objects.push(new WeakRef(socket)) })
  gateway.app.server.on('request', (req, res) => { objects.push(new WeakRef(req), new WeakRef(res)) })
  await comeAndLeave(stages['in the middle of the body'] as Exchange)
  assert.equal(objects.length, 3 * clients)
  collectGarbage()
  assert.equal(objects.filter((object) => object.deref() !== undefined).length, 0)
})

/** Unlike `openClient`, nothing keeps the connection in memory until the test ends. */
function connectTo (port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => { resolve(socket) })
    socket.on('error', () => {})
  })
}

function connectionsOf (server: { getConnections (done: (error: Error | null, count: number) => void): unknown }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => { if (error === null) resolve(count); else reject(error) })
  })
}
