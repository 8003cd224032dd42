import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { changedEntry } from '../../src/registry/store.ts'
import { answers, neverAnswers, startBackend, startRawBackend } from '../helpers/backend.ts'
import { backendAt, createRunner, says } from '../helpers/check-runner.ts'
import { FakeClock } from '../helpers/clock.ts'
import { until } from '../helpers/until.ts'

/** Which connections these checks went over, numbered in the order in which they were made. */
function connectionsOf ({ requests }: { requests: readonly IncomingMessage[] }): string {
  const sockets = [...new Set(requests.map(({ socket }) => socket))]
  return requests.map(({ socket }) => sockets.indexOf(socket)).join('')
}

test('while it is well the checks of a backend share a connection, ten at most', async (t) => {
  const backend = await startBackend(t, answers('fine'))
  const runner = createRunner(t)
  const a = backendAt(backend.url)
  for (let i = 0; i < 21; i++) assert.equal((await runner.run(a, false)).passed, true)
  assert.equal(connectionsOf(backend), '000000000011111111112')
  await until('all but the last connection to be closed', () => backend.requests.slice(0, 20).every(({ socket }) => socket.destroyed))
})

test('a backend in question is asked over a new connection', async (t) => {
  const backend = await startBackend(t, answers('fine'))
  const runner = createRunner(t)
  const a = backendAt(backend.url)
  for (const isInQuestion of [true, false, true, false]) await runner.run(a, isInQuestion)
  assert.equal(connectionsOf(backend), '0011')
})

test('a kept connection that the backend ends under a check is no failure', async (t) => {
  let connections = 0
  const { url } = await startRawBackend(t, (socket) => {
    connections++
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
      socket.once('data', () => { socket.resetAndDestroy() })
    })
  })
  const runner = createRunner(t)
  const a = backendAt(url)
  for (let i = 0; i < 3; i++) assert.deepEqual(await runner.run(a, false), { passed: true, detail: 'status 200' })
  assert.equal(connections, 3)
})

test('a backend that is gone fails the check that finds its kept connection closed', async (t) => {
  const backend = await startBackend(t, answers('fine'))
  const runner = createRunner(t)
  const a = backendAt(backend.url)
  await runner.run(a, false)
  await backend.die()
  assert.deepEqual(await runner.run(a, false), { passed: false, detail: 'connection refused' })
})

test('a backend that answers no more over a kept connection has the time of one check', async (t) => {
  const { url } = await startRawBackend(t, says('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'))
  const clock = new FakeClock()
  const runner = createRunner(t, { clock, timeoutMs: 1000 })
  const a = backendAt(url)
  await runner.run(a, false)
  const result = runner.run(a, false)
  clock.advance(1000)
  assert.deepEqual(await result, { passed: false, detail: 'no response within 1000 ms' })
})

test('other words on how to check a backend count from the next check on', async (t) => {
  const backend = await startBackend(t, answers('fine'))
  const runner = createRunner(t)
  const a = backendAt(backend.url)
  await runner.run(a, false)
  a.entry = changedEntry(a.entry, { healthCheck: { path: '/other' } })
  await runner.run(a, false)
  assert.deepEqual(backend.requests.map(({ url }) => url), ['/check', '/other'])
})

test('the connection of a backend that leaves is closed', async (t) => {
  const backend = await startBackend(t, answers('fine'))
  const runner = createRunner(t)
  const a = backendAt(backend.url)
  await runner.run(a, false)
  runner.forget(a)
  await until('the connection to be closed', () => backend.requests[0]?.socket.destroyed)
})

test('a check that runs ends with the gateway, and so do the connections that are kept', async (t) => {
  const slow = await startBackend(t, neverAnswers)
  const fast = await startBackend(t, answers('fine'))
  const runner = createRunner(t)
  await runner.run(backendAt(fast.url), false)
  const result = runner.run(backendAt(slow.url), false)
  await until('the check to arrive', () => slow.requests.length === 1)
  runner.close()
  assert.deepEqual(await result, { passed: false, detail: 'check cancelled by the shutdown' })
  await until('the connections to be closed', () => [slow, fast].every(({ requests }) => requests[0]?.socket.destroyed))
})
