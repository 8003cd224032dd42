import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { spawnServer } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'

/** The server with a small heap, before a backend that never answers `/slow`, and all else at once. */
async function startSmall (t: TestContext, heapMB = 256, settings: Record<string, string> = {}) {
  const held: ServerResponse[] = []
  const backend = await startBackend(t, (req, res) => {
    if (req.url === '/slow') held.push(res)
    else res.end('hello')
  })
  const server = spawnServer(t, {
    NODE_OPTIONS: `--max-old-space-size=${heapMB} --max-semi-space-size=8`,
    BACKENDS: backend.url,
    ACCESS_LOG: 'false',
    ...settings
  })
  let hasEnded = false
  server.exited.then(() => { hasEnded = true }, () => {})
  return { server, url: await server.url(), hasEnded: () => hasEnded, held }
}

function flood (t: TestContext, url: string, connections: number, bytes: string): Socket[] {
  const sockets = Array.from({ length: connections }, () => connect(Number(new URL(url).port), '127.0.0.1'))
  for (const socket of sockets) {
    socket.on('error', () => {})
    socket.resume().write(bytes, 'latin1')
  }
  t.after(() => { for (const socket of sockets) socket.destroy() })
  return sockets
}

const slow = 'GET /slow HTTP/1.1\r\nHost: h\r\n'

test('pipelines of 980 requests at 320 connections are cut, and others are served meanwhile', { timeout: 60_000 }, async (t) => {
  const { url, hasEnded } = await startSmall(t)
  const sockets = flood(t, url, 320, `${slow}\r\n${'GET / HTTP/1.1\r\nHost:h\r\n\r\n'.repeat(980)}`)
  for (let i = 0; i < 5; i++) assert.equal((await send(url)).body, 'hello')
  await until('all to be cut', () => sockets.every(({ closed }) => closed))
  assert.equal((await send(url)).body, 'hello')
  assert.equal(hasEnded(), false)
})

test('pipelines of a hundred requests take no more than their share of the memory, all together', { timeout: 60_000 }, async (t) => {
  const { server, url, hasEnded } = await startSmall(t)
  const sockets = flood(t, url, 400, `${slow}\r\n${'GET / HTTP/1.1\r\nHost:h\r\n\r\n'.repeat(100)}`)
  await server.line(/^request refused$/)
  assert.equal((await send(url)).body, 'hello')
  await until('the others to be there still', () => sockets.some(({ closed }) => !closed))
  assert.equal(hasEnded(), false)
})

test('heads of 2800 fields are refused, and others are served meanwhile', { timeout: 60_000 }, async (t) => {
  const { url, hasEnded } = await startSmall(t)
  const sockets = flood(t, url, 500, `${slow}${'aa:\r\n'.repeat(2800)}\r\n`)
  assert.equal((await send(url)).body, 'hello')
  await until('all to be refused', () => sockets.every(({ closed }) => closed))
  assert.equal(hasEnded(), false)
})

test(
  'the largest heads that are allowed get 503 when they are too many at a time, and others are served',
  { timeout: 60_000 },
  async (t) => {
    const { url, hasEnded, held } = await startSmall(t, 128, { MAX_REQUESTS_PER_BACKEND: '100000' })
    const fields = Array.from({ length: 198 }, (_, i) => `a${i}:${'x'.repeat(70)}\r\n`).join('')
    const sockets = flood(t, url, 600, `${slow}${fields}\r\n`)
    let answered = ''
    for (const socket of sockets) {
      socket.once('data', (bytes: Buffer) => {
        answered += `${String(bytes).slice(9, 12)} `
      })
    }
    await until('all to be forwarded or answered', () => held.length + answered.length / 4 === 600)
    assert.match(answered, /^(?:503 )+$/)
    assert.equal((await send(url)).body, 'hello')
    assert.equal(hasEnded(), false)
  }
)
