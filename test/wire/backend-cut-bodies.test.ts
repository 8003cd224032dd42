import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { until } from '../helpers/until.ts'
import { startByteClient } from '../helpers/bytes.ts'
import { assertLeftBehind, chunked, ok, requestBroken, startBroken } from '../helpers/raw-backend.ts'
import { assertRefused, attack } from '../helpers/wire.ts'

const untilClose = `${ok}Content-Type: text/plain\r\n\r\n`
const ten = `${ok}Content-Length: 10\r\n\r\n`

/** How a backend can go away. */
const ends: Record<string, (socket: Socket) => void> = {
  ends: (socket) => { socket.end() },
  'is reset': (socket) => { socket.resetAndDestroy() }
}

/** What was sent by then. */
const heads: Record<string, string> = {
  'in the status line': 'HTTP/1.1 2',
  'in a header': `${ok}Content-Le`,
  'before the empty line': `${ok}Content-Length: 5\r\n`,
  'behind an informational response': 'HTTP/1.1 100 Continue\r\n\r\n'
}

const bodies: Record<string, string> = {
  'before a body with a length': ten,
  'in a body with a length': `${ten}half`,
  'one byte before the end of a body': `${ten}123456789`,
  'before the first chunk': chunked,
  'in a chunk': `${chunked}a\r\nhalf`,
  'between two chunks': `${chunked}4\r\nhalf\r\n`,
  'before the last chunk': `${chunked}4\r\nhalf\r\n0`,
  'in the trailers': `${chunked}4\r\nhalf\r\n0\r\nX-A: a\r\n`
}

for (const [how, end] of Object.entries(ends)) {
  for (const [where, bytes] of Object.entries(heads)) {
    test(`a connection that ${how} ${where} becomes 502, and is not asked again`, async (t) => {
      const { backend, gateway } = await startBroken(t, (socket) => { socket.write(bytes, () => { end(socket) }) })
      assertRefused(await attack(gateway.port, requestBroken()), 502, backend)
      assert.deepEqual(backend.targets, ['/broken'])
      await assertLeftBehind(backend, gateway)
    })
  }

  for (const [where, bytes] of Object.entries(bodies)) {
    test(`a connection that ${how} ${where} cuts the client`, async (t) => {
      const { backend, gateway } = await startBroken(t, bytes)
      const client = await startByteClient(t, gateway.port, requestBroken())
      await until('the head to arrive', () => client.heard().includes('\r\n\r\n'))
      end(backend.connections[0] as Socket)
      const received = await client.hearsTheEnd()
      assert.match(received, /^HTTP\/1\.1 200 /)
      assert.doesNotMatch(received, /\r\n0\r\n|EVENKEEL/)
      assert.deepEqual(backend.targets, ['/broken'])
      await assertLeftBehind(backend, gateway)
    })
  }

  test(`an upgraded connection that ${how} ends the client's`, async (t) => {
    const { backend, gateway } = await startBroken(t, 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhalf')
    const client = await startByteClient(t, gateway.port, 'GET /broken HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
    await until('the tunnel to open', () => client.heard().endsWith('half'))
    end(backend.connections[0] as Socket)
    await client.hearsTheEnd()
    await assertLeftBehind(backend, gateway)
  })
}

test('a body whose end is that of the connection is whole when that ends', async (t) => {
  const { backend, gateway } = await startBroken(t, (socket) => { socket.end(`${untilClose}whole`) })
  assert.match(await attack(gateway.port, requestBroken()), /\r\n\r\n5\r\nwhole\r\n0\r\n\r\n$/)
  await assertLeftBehind(backend, gateway)
})

test('a body whose end is that of the connection is cut when that is reset', async (t) => {
  const { backend, gateway } = await startBroken(t, `${untilClose}half`)
  const client = await startByteClient(t, gateway.port, requestBroken())
  await until('the first piece to arrive', () => client.heard().endsWith('half\r\n'))
  backend.connections[0]?.resetAndDestroy()
  assert.doesNotMatch(await client.hearsTheEnd(), /\r\n0\r\n/)
  await assertLeftBehind(backend, gateway)
})

for (const [what, bytes] of Object.entries({ 'chunked body': `${chunked}4\r\nhalf\r\n`, 'body without a length': `${untilClose}half` })) {
  test(`an HTTP/1.0 client, who sees the end of a ${what} only by that of its connection, sees a reset when it is cut`, async (t) => {
    const { backend, gateway } = await startBroken(t, bytes)
    const client = await startByteClient(t, gateway.port, 'GET /broken HTTP/1.0\r\n\r\n')
    await until('the first piece to arrive', () => client.heard().endsWith('half'))
    backend.connections[0]?.resetAndDestroy()
    await client.hearsTheEnd()
    assert.equal(client.errorCode(), 'ECONNRESET')
    await assertLeftBehind(backend, gateway)
  })
}

const websocket = 'GET /broken HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

for (const [name, { request = requestBroken(), bytes }] of Object.entries<{ request?: string; bytes: string }>({
  'that nobody asked for': { bytes: 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x05hello' },
  'that nobody asked for, followed by a response': {
    bytes: `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n${ok}Content-Length: 0\r\n\r\n`
  },
  'without a protocol': { request: websocket, bytes: 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n' },
  'without Connection': { request: websocket, bytes: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n' },
  'with a body': {
    request: websocket,
    bytes: 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\nhello'
  }
})) {
  test(`a 101 ${name} becomes 502`, async (t) => {
    const { backend, gateway } = await startBroken(t, bytes)
    assertRefused(await attack(gateway.port, request), 502, backend)
    assert.equal((await gateway.counts()).tunnels, 0)
    await assertLeftBehind(backend, gateway)
  })
}
