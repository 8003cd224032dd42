import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import fastifyStatic from '@fastify/static'
import { answers } from '../../helpers/backend.ts'
import { startByteClient } from '../../helpers/bytes.ts'
import { send } from '../../helpers/client.ts'
import { standstill, until } from '../../helpers/until.ts'
import { startWithPlugin } from './start.ts'

const page = '<!doctype html><title>own</title>'
const bytes = randomBytes(1024 * 1024).toString('latin1')

async function startWithFiles (t: TestContext, files: Record<string, string | Buffer> = { 'page.html': page }) {
  const root = mkdtempSync(join(tmpdir(), 'evenkeel-static-'))
  t.after(() => { rmSync(root, { recursive: true }) })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(root, name), content, 'latin1')
  return await startWithPlugin(t, answers('theirs'), async (app) => {
    await app.register(fastifyStatic, { root, prefix: '/files/' })
    app.get('/first', (_request, reply) => reply.sendFile('page.html'))
  })
}

test('@fastify/static serves files, and everything else is forwarded', async (t) => {
  const { url, backend } = await startWithFiles(t)
  const answer = await send(`${url}/files/page.html`)
  assert.deepEqual([answer.status, answer.body, answer.headers['content-length']], [200, page, String(page.length)])
  assert.match(String(answer.headers['content-type']), /^text\/html/)
  assert.equal((await send(`${url}/first`)).body, page)
  assert.equal((await send(`${url}/page.html`)).body, 'theirs')
  assert.equal((await send(`${url}/files/page.html`, { method: 'POST' })).body, 'theirs')
  assert.equal((await send(`${url}/files/missing.html`)).status, 404)
  assert.deepEqual(backend.requests.map(({ method, url }) => `${method} ${url}`), ['GET /page.html', 'POST /files/page.html'])
})

test('@fastify/static answers HEAD with the length and no body', async (t) => {
  const { url } = await startWithFiles(t)
  const answer = await send(`${url}/files/page.html`, { method: 'HEAD' })
  assert.deepEqual([answer.status, answer.body, answer.headers['content-length']], [200, '', String(page.length)])
})

test('@fastify/static answers 304 to a client that has the file', async (t) => {
  const { url } = await startWithFiles(t)
  const { headers } = await send(`${url}/files/page.html`)
  const conditions: Array<Record<string, string>> = [
    { 'if-none-match': String(headers.etag) },
    { 'if-modified-since': String(headers['last-modified']) }
  ]
  for (const condition of conditions) {
    const answer = await send(`${url}/files/page.html`, { headers: condition })
    assert.deepEqual([answer.status, answer.body, answer.headers.etag], [304, '', headers.etag])
  }
  assert.equal((await send(`${url}/files/page.html`, { headers: { 'if-none-match': '"other"' } })).body, page)
})

const ranges: Array<[range: string, status: number, contentRange: string | undefined, from: number, to: number]> = [
  ['bytes=0-0', 206, `bytes 0-0/${bytes.length}`, 0, 1],
  ['bytes=1000-99999', 206, `bytes 1000-99999/${bytes.length}`, 1000, 100_000],
  ['bytes=-5', 206, `bytes ${bytes.length - 5}-${bytes.length - 1}/${bytes.length}`, -5, bytes.length],
  ['lines=1-2', 200, undefined, 0, bytes.length]
]

for (const [range, status, contentRange, from, to] of ranges) {
  test(`@fastify/static answers ${status} to Range: ${range}`, async (t) => {
    const { url } = await startWithFiles(t, { 'big.bin': bytes })
    const answer = await send(`${url}/files/big.bin`, { headers: { range } })
    assert.deepEqual([answer.status, answer.headers['content-range']], [status, contentRange])
    assert.ok(answer.body === bytes.slice(from, to))
  })
}

test('@fastify/static answers 416 to a range that is not in the file', async (t) => {
  const { url } = await startWithFiles(t)
  const answer = await send(`${url}/files/page.html`, { headers: { range: 'bytes=5000-' } })
  assert.deepEqual([answer.status, answer.headers['content-range']], [416, `bytes */${page.length}`])
})

test('files and forwarded requests take turns on one connection, pipelined', async (t) => {
  const { port } = await startWithFiles(t, { 'page.html': page, 'big.bin': bytes })
  const asked = ['GET /files/big.bin', 'HEAD /files/page.html', 'GET /1', 'GET /files/page.html', 'GET /files/missing', 'GET /2']
  const client = await startByteClient(t, port, asked.map((line) => `${line} HTTP/1.1\r\nHost: h\r\n\r\n`).join(''))
  client.say('GET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
  let rest = await client.hearsTheEnd()
  const statuses: string[] = []
  const bodies: number[] = []
  for (const line of [...asked, 'GET /3']) {
    const end = rest.indexOf('\r\n\r\n') + 4
    const head = rest.slice(0, end)
    statuses.push(head.slice(9, 12))
    const length = line.startsWith('HEAD') ? 0 : Number(/content-length: (\d+)/i.exec(head)?.[1])
    bodies.push(length)
    rest = rest.slice(end + length)
  }
  assert.deepEqual(statuses, ['200', '200', '200', '200', '404', '200', '200'])
  assert.deepEqual([bodies[0], bodies[2], bodies[3], bodies[5], rest], [bytes.length, 6, page.length, 6, ''])
})

test('a large file waits for a client that does not read, and comes whole', async (t) => {
  const size = 64 * 1024 * 1024
  const { app, port } = await startWithFiles(t, { 'huge.bin': Buffer.alloc(size, 'x') })
  let connection: Socket | undefined
  app.server.on('connection', (socket: Socket) => { connection = socket })
  const client = await startByteClient(t, port)
  client.socket.pause()
  client.say('GET /files/huge.bin HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
  await until('the answer to be held', () => connection?.writableNeedDrain)
  await standstill(() => connection?.bytesWritten ?? 0)
  assert.ok((connection?.writableLength ?? Infinity) < 4 * 1024 * 1024)
  assert.ok((connection?.bytesWritten ?? Infinity) < size)
  client.socket.removeAllListeners('data')
  let received = 0
  client.socket.on('data', (piece: Buffer) => { received += piece.length })
  client.socket.resume()
  await until('the end', () => client.socket.closed)
  assert.ok(received > size && received < size + 1000, `${received} bytes`)
})

test('a client that leaves in the middle of a file lets go of it', async (t) => {
  const { app, url, port } = await startWithFiles(t, { 'huge.bin': Buffer.alloc(64 * 1024 * 1024, 'x') })
  const seen: IncomingHttpHeaders[] = []
  let isOver = false
  app.server.on('request', (req, res) => {
    seen.push(req.headers)
    res.on('close', () => { isOver = true })
  })
  const client = await startByteClient(t, port, 'GET /files/huge.bin HTTP/1.1\r\nHost: h\r\n\r\n')
  client.socket.pause()
  await until('the request', () => seen.length === 1)
  client.socket.resetAndDestroy()
  await until('the response to be closed', () => isOver)
  assert.equal((await send(`${url}/next`)).body, 'theirs')
})
