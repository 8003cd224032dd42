import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Server } from 'socket.io'
import { io, type Socket } from 'socket.io-client'
import { atEnd } from './at-end.ts'
import { startHttpServer } from './http-server.ts'
import { noise } from './noise.ts'
import { waitFor } from './wait-for.ts'
import { ways, type Way } from './ways.ts'

// Under `npm test` and not `npm run test:real`: it needs nothing from Debian.

const transports = {
  'polling alone': ['polling'],
  'websocket alone': ['websocket'],
  'polling, then upgraded to websocket': ['polling', 'websocket']
}

for (const [name, allowed] of Object.entries(transports)) {
  test(`socket.io talks over ${name}, directly and through the gateway`, { timeout: 60_000 }, async (t) => {
    const direct = await talk(t, 'directly', allowed)
    const gateway = await talk(t, 'through the gateway', allowed)
    assert.deepEqual(gateway, direct)
    t.diagnostic(`same conversation: ${JSON.stringify(gateway)}`)
  })
}

/** More than one frame and one segment, less than socket.io's limit of 1 MB for a message. */
const binary = noise(2 ** 19)

async function talk (t: TestContext, way: Way, allowed: string[]) {
  const backend = await startHttpServer(t, (_req, res) => { res.writeHead(404).end() })
  const server = new Server(backend.server)
  // Connections that were upgraded are not the HTTP server's any more.
  atEnd(t, () => { server.disconnectSockets(true) })
  const disconnects: string[] = []
  server.on('connection', (socket) => {
    socket.on('echo', (payload, answer) => { answer(payload) })
    socket.on('count to', (count: number) => { for (let i = 1; i <= count; i++) socket.emit('number', i) })
    socket.on('disconnect', (reason) => { disconnects.push(reason) })
  })
  const client = connect(t, await ways[way](t, backend.url), allowed)
  await connected(client)
  await waitFor(`the transport is ${allowed.at(-1)}`, () => client.io.engine.transport.name === allowed.at(-1))

  const text = await client.timeout(10_000).emitWithAck('echo', { greeting: 'Grüße 👋' })
  const bytes = Buffer.from(await client.timeout(10_000).emitWithAck('echo', binary))
  assert.ok(bytes.equals(binary), 'bytes come back as they were')

  const numbers: number[] = []
  client.on('number', (number: number) => { numbers.push(number) })
  client.emit('count to', 100)
  await waitFor('the server has counted to 100', () => numbers.length >= 100)
  assert.deepEqual(numbers, Array.from({ length: 100 }, (_, i) => i + 1))

  // The server is the one that leaves, and the client learns of it.
  const left = new Promise((resolve) => { client.once('disconnect', resolve) })
  server.disconnectSockets(true)
  const clientReason = await left
  await waitFor('the server knows that the client is gone', () => disconnects.length === 1)

  // The client comes back, and is the one that leaves.
  client.connect()
  await connected(client)
  client.io.engine.close()
  await waitFor('the server learns that the client has left', () => disconnects.length === 2)
  return { transport: allowed.at(-1), text, bytes: bytes.length, numbers: numbers.length, clientReason, disconnects }
}

function connect (t: TestContext, url: string, allowed: string[]): Socket {
  // Nothing is tried again by itself: a connection that fails must be seen.
  const client = io(url, { transports: allowed, reconnection: false, forceNew: true, timeout: 10_000 })
  atEnd(t, () => client.disconnect())
  return client
}

function connected (client: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once('connect', resolve)
    client.once('connect_error', (error) => { reject(new Error(`${client.io.opts.transports}: no connection`, { cause: error })) })
  })
}
