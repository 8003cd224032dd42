import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { answers, startBackend } from '../helpers/backend.ts'
import { buildApp } from '../helpers/gateway.ts'

test('close ends a tunnel, an idle connection and one that has sent nothing, and waits for none of them', { timeout: 5000 }, async (t) => {
  const backend = await startBackend(t, answers('a'))
  backend.server.on('upgrade', (_req, socket) => {
    socket.on('error', () => {}).on('end', () => { socket.destroy() }).resume()
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
  })
  const app = await buildApp(t, { BACKENDS: backend.url })
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const ends: Array<Promise<unknown>> = []
  for (const [bytes, answer] of [
    ['GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n', /^HTTP\/1\.1 101 /],
    ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', /^HTTP\/1\.1 200 /],
    ['', undefined]
  ] as const) {
    const client = connect(Number(port), '127.0.0.1')
    t.after(() => { client.destroy() })
    client.on('error', () => {})
    const hasEnded = once(client, 'close')
    ends.push(hasEnded)
    await once(client, 'connect')
    client.write(bytes)
    if (answer !== undefined) assert.match(String((await once(client, 'data'))[0]), answer)
    client.resume()
  }
  await app.close()
  await Promise.all(ends)
})

test('close before the start ends at once', { timeout: 5000 }, async (t) => {
  const app = await buildApp(t, { BACKENDS: 'http://127.0.0.1:9' })
  await app.close()
})
