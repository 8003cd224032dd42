import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { Agent, request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { test, type TestContext } from 'node:test'
import websocket from '@fastify/websocket'
import fastify from 'fastify'
import { WebSocket } from 'ws'
import { spawnServer } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'
import { tempDir } from './temp-dir.ts'

const reloads = 10
const mebibyte = Buffer.alloc(1024 * 1024, 'x')

/** A Fastify backend that says its name, echoes on WebSockets, sends events without end, and gives the hash of an upload. */
async function startFastify (t: TestContext, name: string): Promise<string> {
  const app = fastify({ bodyLimit: 2 ** 31 })
  await app.register(websocket)
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => { done(null, payload) })
  app.get('/health', async () => 'ok')
  app.get('/ws', { websocket: true }, (socket) => { socket.on('message', (data) => { socket.send(data.toString()) }) })
  app.get('/events', (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' })
    let id = 0
    const timer = setInterval(() => reply.raw.write(`id: ${id++}\n\n`), 10)
    reply.raw.on('close', () => { clearInterval(timer) })
  })
  app.post('/upload', async ({ body }) => {
    const hash = createHash('sha256')
    for await (const piece of body as AsyncIterable<Buffer>) hash.update(piece)
    return hash.digest('hex')
  })
  app.get('/*', async ({ url }) => `${name} ${url}`)
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.after(() => {
    app.server.closeAllConnections()
    return app.close()
  })
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
}

/** The file as an operator might change it the `round`-th time: backends come and go, weights, limits and prefixes change. */
function fileOf (urls: Record<'web1' | 'web2' | 'web3' | 'api' | 'next', string>, round: number): string {
  const isOdd = round % 2 === 1
  return `services:
  web:
    backends: ["${urls.web1};name=web1", "${urls.web2};name=web2"${isOdd ? `, "${urls.web3};name=web3"` : ''}]
    balancer: ${isOdd ? 'least-connections' : 'round-robin'}
    healthCheck: { path: /health, intervalMs: ${1000 + round * 100} }
  api: { backends: ["${urls.api}"], healthCheck: { path: /health }, maxRequestsPerBackend: ${100 + round} }
  next: { backends: ["${urls.next}"], healthCheck: { path: /health } }
routes:
  - { host: shop.test, service: web }
  - { name: api, host: shop.test, path: /api, split: { api: ${95 - round}, next: ${5 + round} }, retries: ${round % 3} }
  - { host: shop.test, path: /files, ${isOdd ? 'stripPrefix: true' : 'replacePrefix: /kept'}, service: web }
  - { host: old.test, redirect: { to: "https://shop.test" } }
${isOdd ? '  - { host: more.test, service: api }\n' : ''}`
}

test('ten reloads under load cost no request, no WebSocket, no upload and no stream', { timeout: 120_000 }, async (t) => {
  const [web1, web2, web3, api, next] = await Promise.all(['web1', 'web2', 'web3', 'api', 'next'].map((name) => startFastify(t, name)))
  const urls = { web1, web2, web3, api, next } as Parameters<typeof fileOf>[0]
  const file = join(tempDir(t), 'evenkeel.yaml')
  writeFileSync(file, fileOf(urls, 0))
  const gateway = spawnServer(t, { NODE_ENV: 'production', CONFIG_FILE: file, ACCESS_LOG: 'false' })
  const url = await gateway.url()
  const port = Number(new URL(url).port)

  const tail = new AbortController()
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const failures: string[] = []
  const answers = new Map<string, number>()
  const ask = async (host: string, path: string): Promise<void> => {
    const answer = await send({ port, agent, headers: { host }, path }).catch((error: unknown) => String(error))
    const seen = typeof answer === 'string' ? answer : `${answer.status} ${answer.body.split(' ')[0]}`
    answers.set(`${host}${path} ${seen}`, (answers.get(`${host}${path} ${seen}`) ?? 0) + 1)
    const isRight = host === 'old.test' ? seen.startsWith('308') : seen.startsWith('200')
    if (!isRight) failures.push(`${host}${path}: ${seen}`)
  }
  const load = Array.from({ length: 16 }, async () => {
    while (!tail.signal.aborted) {
      for (const [host, path] of [['shop.test', '/'], ['shop.test', '/api/x'], ['shop.test', '/files/a'], ['old.test', '/b']] as const) {
        await ask(host, path)
      }
    }
  })
  const sockets = Array.from({ length: 8 }, () => echo(`ws://127.0.0.1:${port}/ws`))
  await Promise.all(sockets.map(async ({ socket }) => { await once(socket, 'open') }))
  const events = await listen(port)
  const upload = startUpload(port)

  for (let round = 1; round <= reloads; round++) {
    await upload.write(1024 / reloads)
    const before = [...answers.values()].reduce((sum, count) => sum + count, 0)
    writeFileSync(file, fileOf(urls, round))
    gateway.kill('SIGHUP')
    await until(`reload ${round}`, () => gateway.lines().filter(({ msg }) => msg === 'configuration in force').length === round)
    await until('requests after it', () => [...answers.values()].reduce((sum, count) => sum + count, 0) > before + 200)
  }
  tail.abort()
  await Promise.all(load)
  agent.destroy()

  assert.deepEqual(failures.slice(0, 5), [])
  assert.deepEqual(await upload.end(), { status: 200, body: upload.digest() })
  for (const { socket, sent, heard, close } of sockets) {
    assert.equal(socket.readyState, WebSocket.OPEN)
    await until('every echo', () => heard.length === sent())
    assert.deepEqual(heard, Array.from({ length: sent() }, (_, i) => String(i)))
    close()
  }
  assert.equal(events.hasEnded(), false)
  assert.deepEqual(events.ids(), Array.from({ length: events.ids().length }, (_, i) => i))
  events.close()
  const seen = [...answers].map(([what, count]) => `${what}: ${count}`)
  for (const part of ['web1', 'web2', 'web3', 'api', 'next']) assert.ok(seen.some((line) => line.includes(`200 ${part}`)), part)
  assert.deepEqual(gateway.lines().filter(({ level }) => level >= 50), [])
  t.diagnostic(`${reloads} reloads, 0 failed of ${[...answers.values()].reduce((sum, count) => sum + count, 0)}; ${seen.join(', ')}`)

  writeFileSync(file, fileOf(urls, 0).replace('path: /api', 'paht: /api'))
  gateway.kill('SIGHUP')
  const refused = await gateway.line(/configuration refused/)
  assert.match(JSON.stringify(refused), /evenkeel\.yaml:\d+:\d+: routes\[1\]\.paht is not known; did you mean \\"path\\"\?/)
  assert.equal((await send({ port, headers: { host: 'shop.test' }, path: '/api/x' })).status, 200)
})

function send (options: { port: number, path: string, headers: Record<string, string>, agent?: Agent }) {
  return new Promise<{ status: number | undefined, body: string }>((resolve, reject) => {
    request({ host: '127.0.0.1', ...options }, (res) => { bodyOf(res).then(resolve, reject) }).on('error', reject).end()
  })
}

async function bodyOf (res: IncomingMessage) {
  let body = ''
  for await (const piece of res.setEncoding('utf8')) body += piece
  return { status: res.statusCode, body }
}

/** Sends numbers, and hears them again. */
function echo (url: string) {
  const socket = new WebSocket(url, { headers: { host: 'shop.test' } })
  const heard: string[] = []
  let sent = 0
  socket.on('message', (data) => { heard.push(data.toString()) })
  const timer = setInterval(() => { if (socket.readyState === WebSocket.OPEN) socket.send(String(sent++)) }, 5)
  const stop = (): void => { clearInterval(timer) }
  return { socket, heard, sent: () => { stop(); return sent }, close: () => { stop(); socket.terminate() } }
}

/** The ids of events as they come. */
async function listen (port: number) {
  const req = request({ host: '127.0.0.1', port, path: '/events', headers: { host: 'shop.test' } }).end()
  const [res] = await once(req, 'response') as [IncomingMessage]
  let text = ''
  let hasEnded = false
  res.setEncoding('utf8').on('data', (piece: string) => { text += piece }).on('close', () => { hasEnded = true }).on('error', () => {})
  const ids = () => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
  return { ids, hasEnded: () => hasEnded, close: () => { req.on('error', () => {}).destroy() } }
}

/** 1 GiB in all, sent as it is asked for. */
function startUpload (port: number) {
  const headers = { host: 'shop.test', 'content-type': 'application/octet-stream' }
  const req = request({ host: '127.0.0.1', port, path: '/upload', method: 'POST', headers })
  const answer = new Promise<{ status: number | undefined, body: string }>((resolve, reject) => {
    req.on('response', (res) => { bodyOf(res).then(resolve, reject) }).on('error', reject)
  })
  answer.catch(() => {}) // told where it is awaited
  const hash = createHash('sha256')
  async function write (mebibytes: number): Promise<void> {
    for (let i = 0; i < mebibytes; i++) {
      hash.update(mebibyte)
      if (!req.write(mebibyte)) await Promise.race([once(req, 'drain'), answer])
      await pause(0) // the load has its turn
    }
  }
  return { write, digest: () => hash.digest('hex'), end: () => { req.end(); return answer } }
}
