import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { startBackend } from '../helpers/backend.ts'
import { open, send } from '../helpers/client.ts'
import { spawnServer } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'

const MiB = 1024 * 1024
const sizeBytes = 64 * MiB
const boundBytes = 32 * MiB

/** What the process holds in memory now, in bytes. */
function residentBytes (pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024
}

/** 64 MiB in pieces, each made when it is asked for. */
function * pieces (onPiece: () => void = () => {}): Generator<Buffer> {
  const piece = Buffer.alloc(MiB / 8, 'evenkeel')
  for (let sent = 0; sent < sizeBytes; sent += piece.length) {
    onPiece()
    yield piece
  }
}

/** Resolves when the counter has stood still over many turns of the loop: the sender is held. */
async function untilHeld (count: () => number): Promise<void> {
  let last = -1
  let turns = 0
  await until('the sender to be held', () => {
    turns = count() === last && last > 0 ? turns + 1 : 0
    last = count()
    return turns > 50
  })
}

test('a client that reads slowly holds the backend, not the memory of the gateway', async (t) => {
  let sent = 0
  const backend = await startBackend(t, (req, res) => {
    if (req.url === '/small') { res.end('small'); return }
    Readable.from(pieces(() => { sent++ })).pipe(res)
  })
  const gateway = spawnServer(t, { BACKENDS: backend.url })
  const url = await gateway.url()
  await send(`${url}/small`)
  const before = residentBytes(gateway.pid)
  const response = await open(url)
  await untilHeld(() => sent)
  assert.ok(sent < 512, 'the backend is held')
  const whileHeld = residentBytes(gateway.pid) - before
  assert.ok(whileHeld < boundBytes, `${whileHeld} bytes while the reader stands still`)
  assert.equal(await bytesOf(response), sizeBytes)
  const atTheEnd = residentBytes(gateway.pid) - before
  assert.ok(atTheEnd < boundBytes, `${atTheEnd} bytes at the end`)
})

test('a backend that reads slowly holds the client, not the memory of the gateway', async (t) => {
  let upload: IncomingMessage | undefined
  const backend = await startBackend(t, (req, res) => {
    if (req.url === '/small') { res.end('small'); return }
    upload = req
    req.once('end', () => { res.end('thanks') })
  })
  const gateway = spawnServer(t, { BACKENDS: backend.url })
  const url = await gateway.url()
  await send(`${url}/small`)
  const before = residentBytes(gateway.pid)
  let sent = 0
  const req = request(url, { method: 'POST', agent: false, headers: { 'content-length': sizeBytes } })
  const sending = pipeline(Readable.from(pieces(() => { sent++ })), req)
  await untilHeld(() => sent)
  assert.ok(sent < 512, 'the client is held')
  const whileHeld = residentBytes(gateway.pid) - before
  assert.ok(whileHeld < boundBytes, `${whileHeld} bytes while the reader stands still`)
  const [[response], received] = await Promise.all([once(req, 'response'), bytesOf(upload as IncomingMessage), sending])
  assert.equal(response.statusCode, 200)
  response.resume()
  assert.equal(received, sizeBytes)
  if (!('transfer' in ArrayBuffer.prototype)) {
    t.skip('before Node 22, what has left waits for the garbage collector: the memory at the end is not looked at')
    return
  }
  const atTheEnd = residentBytes(gateway.pid) - before
  assert.ok(atTheEnd < boundBytes, `${atTheEnd} bytes at the end`)
})

async function bytesOf (body: IncomingMessage): Promise<number> {
  let bytes = 0
  for await (const piece of body) bytes += (piece as Buffer).length
  return bytes
}
