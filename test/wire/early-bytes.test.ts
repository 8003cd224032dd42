import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { startBackend } from '../helpers/backend.ts'
import { startGateway } from '../helpers/gateway.ts'
import { settled, until } from '../helpers/until.ts'
import { openClient } from '../helpers/wire.ts'

const upgrade = 'GET /tunnel HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'
const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'
const floodBytes = 8 * 1024 * 1024
const clients = 5

/** What is kept, and the read that exceeds it. */
const mostRead = 2 * 65_536 + 1024

for (const [when, first] of [['before its turn', 'GET /slow HTTP/1.1\r\nHost: h\r\n\r\n'], ['before the backend agrees', '']] as const) {
  test(`what a client sends after an upgrade ${when} is left unread, and arrives when it is time`, async (t) => {
    const slow: ServerResponse[] = []
    const tunnels: Socket[] = []
    const far: Socket[] = []
    let arrived = 0
    // Before the server is closed, which waits for them.
    t.after(() => { for (const socket of tunnels) socket.destroy() })
    const backend = await startBackend(t, (_req, res) => { slow.push(res) })
    backend.server.on('upgrade', (_req, socket: Socket, early: Buffer) => {
      socket.on('error', () => {})
      arrived += early.length
      socket.on('data', (bytes: Buffer) => { arrived += bytes.length })
      tunnels.push(socket)
      if (first !== '') socket.write(switching)
    })
    const { app, port } = await startGateway(t, { BACKENDS: backend.url })
    app.server.on('connection', (socket: Socket) => { far.push(socket) })
    const near = await Promise.all(Array.from({ length: clients }, () => openClient(t, port)))
    for (const client of near) {
      client.resume()
      client.write(first + upgrade)
    }
    await until('all to wait', () => (first === '' ? tunnels : slow).length === clients)
    const piece = Buffer.alloc(65_536)
    for (const client of near) for (let i = 0; i < floodBytes; i += piece.length) client.write(piece)

    await until('all to be held', () => far.every((socket) => socket.isPaused()))
    const read = (): number => far.reduce((sum, { bytesRead }) => sum + bytesRead, 0)
    for (let before = -1; before !== read();) {
      before = read()
      for (let i = 0; i < 50; i++) await settled()
    }
    for (const { bytesRead } of far) assert.ok(bytesRead <= mostRead, `${bytesRead} bytes were read`)

    for (const res of slow) res.end('slow answer')
    if (first === '') for (const socket of tunnels) socket.write(switching)
    await until('all bytes', () => arrived === clients * floodBytes)
  })
}

test('of bytes that come one by one few are read before the backend has answered', async (t) => {
  const tunnels: Socket[] = []
  const far: Socket[] = []
  t.after(() => { for (const socket of tunnels) socket.destroy() })
  const backend = await startBackend(t, () => {})
  backend.server.on('upgrade', (_req, socket: Socket) => { tunnels.push(socket.on('error', () => {})) })
  const { app, port } = await startGateway(t, { BACKENDS: backend.url })
  app.server.on('connection', (socket: Socket) => { far.push(socket) })
  const client = await openClient(t, port)
  client.setNoDelay(true).write(upgrade)
  await until('the upgrade', () => tunnels.length === 1)
  for (let i = 0; i < 2000; i++) {
    client.write('x')
    await settled()
  }
  const { bytesRead } = far[0] as Socket
  for (let i = 0; i < 100; i++) {
    client.write('x')
    await settled()
  }
  assert.equal(far[0]?.bytesRead, bytesRead)
  // Each counts as 512 bytes against 64 KiB; the socket itself reads 1 KiB more.
  assert.ok(bytesRead <= upgrade.length + 128 + 1024, `${bytesRead} bytes were read`)
})
