import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { startRawBackend } from '../helpers/backend.ts'
import { createPool, get } from '../helpers/upstream.ts'
import { until } from '../helpers/until.ts'

/** A backend that answers each request with these header lines and a body, and a pool of connections to it. */
async function startPool (t: TestContext, headers = '', keepAliveMs = 4000) {
  const { url, sockets } = await startRawBackend(t, (socket) => {
    socket.on('data', () => { socket.write(`HTTP/1.1 200 OK\r\n${headers}Content-Length: 1\r\n\r\na`) })
  })
  return { url, sockets, ...createPool(t, url, { keepAliveMs }) }
}

/** Idle connections of the pool, in the order in which they became so. */
async function fill ({ pool }: Awaited<ReturnType<typeof startPool>>, count: number) {
  const connections = Array.from({ length: count }, () => pool.takeFresh())
  for (const connection of connections) assert.equal(await get(connection), '200 a')
  return connections
}

const areClosed = (sockets: Socket[]) =>
  until('the backend to see the end', () => sockets.every(({ readableEnded, destroyed }) => readableEnded || destroyed))

test('the connection that was used last is used first', async (t) => {
  const target = await startPool(t)
  const [first, second, third] = await fill(target, 3)
  assert.deepEqual([target.pool.take(), target.pool.take(), target.pool.take()], [third, second, first])
  assert.equal(target.pool.openCount, 3)
})

test('a connection serves one request at a time, and counts them', async (t) => {
  const { pool } = await startPool(t)
  const connection = pool.take()
  for (let uses = 0; uses < 3; uses++) {
    const answer = get(connection)
    assert.equal(connection.uses, uses)
    assert.notEqual(pool.take(), connection)
    await answer
    assert.equal(pool.take(), connection)
  }
})

test('a fresh one is never one that is idle', async (t) => {
  const target = await startPool(t)
  const idle = await fill(target, 2)
  const fresh = target.pool.takeFresh()
  assert.equal(await get(fresh), '200 a')
  assert.equal(fresh.uses, 0)
  assert.ok(!idle.includes(fresh))
  assert.equal(target.sockets.length, 3)
})

for (const [keepAliveMs, header, idleMs] of [
  [4000, '', 4000],
  [4000, 'Keep-Alive: timeout=3\r\n', 2000],
  [4000, 'keep-alive: max=5, timeout=3\r\n', 2000],
  [4000, 'Keep-Alive: timeout=60\r\n', 4000],
  [4000, 'Keep-Alive: max=5\r\n', 4000]
] as const) {
  test(`with a limit of ${keepAliveMs} ms and "${header.trim()}" it stays idle for ${idleMs} ms`, async (t) => {
    const target = await startPool(t, header, keepAliveMs)
    const [connection] = await fill(target, 1)
    target.clock.advance(idleMs - 1)
    assert.equal(target.pool.take(), connection)
    await get(connection!)
    target.clock.advance(idleMs - 1)
    assert.equal(target.pool.openCount, 1, 'each use begins the time anew')
    target.clock.advance(1)
    assert.equal(target.pool.openCount, 0)
    await areClosed(target.sockets)
  })
}

for (const [what, keepAliveMs, header] of [
  ['the backend says "Connection: close"', 4000, 'Connection: close\r\n'],
  ['it says so among other options', 4000, 'connection: foo, Close\r\n'],
  ['it announces an end that leaves no time', 4000, 'Keep-Alive: timeout=1\r\n'],
  ['the limit is 0', 0, '']
] as const) {
  test(`a connection is used once when ${what}`, async (t) => {
    const target = await startPool(t, header, keepAliveMs)
    await fill(target, 1)
    assert.equal(target.pool.openCount, 0)
    await areClosed(target.sockets)
  })
}

for (const [what, hurt] of [
  ['ends', (socket: Socket) => { socket.end() }],
  ['resets', (socket: Socket) => { socket.resetAndDestroy() }],
  ['sends bytes on', (socket: Socket) => { socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil') }]
] as const) {
  test(`an idle connection that the backend ${what} is not handed out`, async (t) => {
    const target = await startPool(t)
    const [kept, hurtOne] = await fill(target, 2)
    hurt(target.sockets[1]!)
    await until('the pool to notice', () => target.pool.openCount === 1)
    assert.equal(target.pool.take(), kept)
    const fresh = target.pool.take()
    assert.notEqual(fresh, hurtOne)
    assert.equal(await get(fresh), '200 a')
  })
}

test('bytes behind a response, in the same piece, are no answer to the next request', async (t) => {
  const { url, sockets } = await startRawBackend(t, (socket) => {
    socket.once('data', () => { socket.write('HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil') })
  })
  const { pool } = createPool(t, url)
  assert.equal(await get(pool.take()), '204 ')
  assert.equal(pool.openCount, 0)
  await areClosed(sockets)
})

test('a response that comes before the end of its request leaves a connection nobody uses again', async (t) => {
  const { pool } = await startPool(t)
  assert.equal(await get(pool.take(), '/', false), '200 a')
  assert.equal(pool.openCount, 0)
})

test('closing ends the idle ones and those in use', async (t) => {
  const target = await startPool(t)
  await fill(target, 2)
  target.pool.take()
  target.pool.close()
  assert.equal(target.pool.openCount, 0)
  await areClosed(target.sockets)
})

test('when the name of a backend stands for another address, connections to the old one end after their request', async (t) => {
  const { url, sockets } = await startRawBackend(t, (socket) => {
    socket.on('data', () => { socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na') })
  })
  let moveTo = (_addresses: ReadonlySet<string>): void => assert.fail('nobody watches the name')
  let isWatched = true
  const { pool } = createPool(t, url.replace('127.0.0.1', 'moving.test'), {
    lookup: (_host, _options, done) => { done(null, [{ address: '127.0.0.1', family: 4 }]) },
    watchName (host, onChange) {
      assert.equal(host, 'moving.test')
      moveTo = onChange
      return () => { isWatched = false }
    }
  })
  const [idle, inUse] = [pool.takeFresh(), pool.takeFresh()]
  await get(idle)
  await get(inUse)
  assert.equal(pool.take(), inUse)
  const answer = get(inUse)

  moveTo(new Set(['127.0.0.1', '127.0.0.2']))
  assert.equal(pool.openCount, 2, 'the old address still stands')
  moveTo(new Set(['127.0.0.2']))
  assert.equal(pool.openCount, 1, 'the idle one is gone')
  assert.equal(await answer, '200 a')
  assert.equal(pool.openCount, 0)
  await areClosed(sockets)

  pool.retire()
  assert.equal(isWatched, false)
})

test('a connection in use stays when the name has moved back by the end of its request', async (t) => {
  const target = await startPool(t)
  let moveTo = (_addresses: ReadonlySet<string>): void => {}
  const { pool } = createPool(t, `http://moving.test:${new URL(target.url).port}`, {
    lookup: (_host, _options, done) => { done(null, [{ address: '127.0.0.1', family: 4 }]) },
    watchName (_host, onChange) { moveTo = onChange; return () => {} }
  })
  await get(pool.takeFresh())
  const answer = get(pool.take())
  moveTo(new Set(['127.0.0.2']))
  moveTo(new Set(['127.0.0.1']))
  await answer
  assert.equal(pool.openCount, 1)
})
