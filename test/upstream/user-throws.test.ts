import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import type { BackendStreamUser } from '../../src/upstream/backend-stream.ts'
import { startRawBackend } from '../helpers/backend.ts'
import { until } from '../helpers/until.ts'
import { createPool } from '../helpers/upstream.ts'

type Callback = Exclude<keyof BackendStreamUser, 'onThrown'>

const head = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n'
const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'

/** What a backend says, or does, so that this is called. */
const causes: Record<Callback, (socket: Socket) => void> = {
  onConnected: () => {},
  onInformational: (socket) => { socket.write('HTTP/1.1 103 Early Hints\r\n\r\n') },
  onHead: (socket) => { socket.write(`${head}\r\nbody`) },
  onResponseBody: (socket) => { socket.write(`${head}\r\nbody`) },
  onFlush: (socket) => { socket.write(head) },
  onComplete: (socket) => { socket.write(`${head}\r\nbody`) },
  onFailed: (socket) => { socket.resetAndDestroy() },
  onRequestDrain: () => {},
  onTunnelBytes: (socket) => { socket.write(`${switching}tunnel`) },
  onTunnelEnd: (socket) => { socket.end(switching) }
}

for (const [callback, cause] of Object.entries(causes) as Array<[Callback, (socket: Socket) => void]>) {
  test(`what ${callback} of a user throws ends its connection, comes back to it, and goes nowhere else`, async (t) => {
    const { url, sockets } = await startRawBackend(t, (socket) => {
      socket.once('data', () => { cause(socket) })
      socket.on('end', () => { socket.end() })
    })
    const { pool } = createPool(t, url)
    const fault = new Error('injected fault')
    const thrown: unknown[] = []
    let calls = 0
    const connection = pool.takeFresh()
    const user: BackendStreamUser = {
      onConnected () {
        connection.send('GET / HTTP/1.1\r\n\r\n', 'none')
        // More than the kernel takes in at once.
        if (callback === 'onRequestDrain') connection.write(Buffer.alloc(16 * 1024 * 1024), false)
        connection.end('')
      },
      onInformational () {},
      onHead () {},
      onResponseBody () {},
      onFlush () {},
      onComplete () {},
      onFailed () {},
      onRequestDrain () {},
      onTunnelBytes () {},
      onTunnelEnd () {},
      onThrown (error) { thrown.push(error) }
    }
    user[callback] = () => {
      calls++
      throw fault
    }
    connection.begin(user, 'GET', callback.startsWith('onTunnel'))
    await until('the exception', () => thrown.length > 0)
    await until('the connection to be closed', () => sockets[0]?.closed ?? callback === 'onConnected')
    assert.deepEqual([thrown, calls, pool.openCount], [[fault], 1, 0])
  })
}

test('what a user throws at once over an idle connection is thrown to who has begun, and the connection is closed', async (t) => {
  const { url, sockets } = await startRawBackend(t, (socket) => { socket.on('data', () => { socket.write(`${head}\r\nbody`) }) })
  const { pool } = createPool(t, url)
  let isComplete = false
  const connection = pool.takeFresh()
  const user: BackendStreamUser = {
    onConnected () {
      connection.send('GET / HTTP/1.1\r\n\r\n', 'none')
      connection.end('')
    },
    onInformational () {},
    onHead () {},
    onResponseBody () {},
    onFlush () {},
    onComplete () { isComplete = true },
    onFailed () {},
    onRequestDrain () {},
    onTunnelBytes () {},
    onTunnelEnd () {},
    onThrown () { assert.fail('thrown twice') }
  }
  connection.begin(user, 'GET', false)
  await until('the response', () => isComplete)
  assert.throws(() => { pool.take().begin({ ...user, onConnected () { throw new Error('injected fault') } }, 'GET', false) }, /injected/)
  await until('the connection to be closed', () => sockets[0]?.closed)
  assert.equal(pool.openCount, 0)
})
