import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { Fields } from '../../src/http/fields.ts'
import { seed, seededRandom } from '../helpers/chance.ts'
import { startListener, type Heard } from '../helpers/listener.ts'
import { settled, until } from '../helpers/until.ts'

/** Runs of more connections are for the command line: `CONNECTIONS=100000 node --test dist/test/downstream/random-clients.test.js`. */
const connections = Number(process.env['CONNECTIONS'] ?? 2500)
const atATime = 25

type Random = () => number

function pick<T> (random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T
}

/** Bytes of a request, mostly. */
function requestBytes (random: Random, name: string): string {
  const extra = pick(random, ['', '', 'Connection: close\r\n', 'Expect: 100-continue\r\n', 'X-Long: '.padEnd(3000, 'x') + '\r\n', 'Connection: upgrade\r\nUpgrade: x\r\n'])
  const head = `${pick(random, ['GET', 'POST', 'HEAD'])} /${name} HTTP/1.${pick(random, [1, 1, 1, 0])}\r\nHost: h\r\n${extra}`
  return pick(random, [
    () => `${head}\r\n`,
    () => `${head}\r\n`,
    () => `${head}Content-Length: 5\r\n\r\nhello`,
    () => `${head}Content-Length: 50000\r\n\r\n${'x'.repeat(50_000)}`,
    () => `${head}Content-Length: 100\r\n\r\nnot all`,
    () => `${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;a=b\r\nyou\r\n0\r\nX-T: u\r\n\r\n`,
    () => `${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXYZ`,
    () => head.slice(0, Math.floor(random() * head.length)),
    () => 'GARBAGE\r\n\r\n'
  ])()
}

/** Connects, sends some of these, in pieces of any size, and leaves in one of the ways that there are. */
async function visit (port: number, random: Random, name: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: random() < 0.5 })
  let received = ''
  socket.setNoDelay(true)
  socket.on('error', () => {})
  if (random() < 0.9) socket.on('data', (bytes: Buffer) => { received += bytes.toString('latin1') })
  const bytes = Array.from({ length: Math.floor(random() * 4) }, (_, i) => requestBytes(random, `${name}/${i}`)).join('')
  for (let at = 0; at < bytes.length && !socket.destroyed;) {
    const next = at + Math.ceil(random() * pick(random, [10, 1000, 100_000]))
    socket.write(bytes.slice(at, next), 'latin1')
    at = next
    if (random() < 0.5) await settled()
  }
  for (let turns = Math.floor(random() * 150); turns > 0 && !socket.closed; turns--) await settled()
  await leave(socket, random)
  return received
}

async function leave (socket: Socket, random: Random): Promise<void> {
  const way = pick(random, ['end', 'end', 'destroy', 'reset'])
  if (way === 'reset') socket.resetAndDestroy()
  else if (way === 'destroy') socket.destroy()
  else socket.end()
  for (let turns = Math.floor(random() * 50); turns > 0; turns--) await settled()
  socket.destroy()
}

/** Answers in one of the ways that there are, at once or later; the answer names the request. */
async function answer (heard: Heard, random: Random): Promise<void> {
  const { exchange } = heard
  const later = async (): Promise<void> => { for (let turns = Math.floor(random() * 5); turns > 0; turns--) await settled() }
  const body = Buffer.from(`<${exchange.head.target}>`.padEnd(pick(random, [30, 30, 20_000, 200_000]), '.'))
  if (random() < 0.5) await later()
  if (random() < 0.7) exchange.readBody()
  else if (random() < 0.5) exchange.discardBody()
  if (random() < 0.2) exchange.holdBody()
  if (random() < 0.3) exchange.inform({ statusCode: pick(random, [100, 103]), reason: 'Info', fields: Fields.none })
  if (random() < 0.5) await later()
  if (exchange.upgrade !== undefined && random() < 0.5 && !exchange.isEnded) {
    const tunnel = exchange.openTunnel('Go', '')
    tunnel.listener = { onBytes () {}, onBytesEnd () { tunnel.end() }, onDrain () {} }
    if (random() < 0.5) tunnel.write(body)
    return
  }
  const way = random()
  if (way < 0.1) return exchange.reset('cut')
  if (way < 0.6) {
    exchange.begin(200, 'OK', `Content-Length: ${body.length}\r\n`, body.length)
    exchange.write(body)
  } else {
    exchange.begin(200, 'OK', '', -1)
    for (let at = 0; at < body.length;) {
      const next = at + Math.ceil(random() * body.length)
      exchange.write(body.subarray(at, next))
      at = next
      if (random() < 0.5) exchange.flush()
      if (random() < 0.5) await later()
    }
  }
  if (random() < 0.05) exchange.reset('cut')
  else exchange.end('X-T: u\r\n')
}

test(`after ${connections} random connections nothing is left, and each exchange has ended once`, { timeout: 600_000 }, async (t) => {
  const random = seededRandom(seed)
  const { listener, port, heard, thrown, clock } = await startListener(t, (one) => {
    // It is the test that fails where this does.
    void answer(one, random)
  })
  let answers = 0
  for (let i = 0; i < connections; i += atATime) {
    const visits = Array.from({ length: atATime }, (_, j) => visit(port, random, `${i + j}`).then((received) => { answers += checked(received, `${i + j}`) }))
    await Promise.all(visits)
    if (i % 500 === 0) clock.advance(1000)
  }
  await until('all to be over', () => {
    // What lingers, or waits for the rest of a head or a body, has its limits.
    clock.advance(1000)
    return listener.idle + listener.busy === 0
  })
  assert.deepEqual(heard.filter(({ ends, thrown }) => ends !== 1 || thrown.length > 0), [])
  assert.deepEqual(thrown, [])
  assert.equal(clock.nextInMs(), undefined)
  assert.ok(answers > connections / 4, `${answers} answers`)
})

/** How many answers a client got; each must be for its own request, and in their order. */
function checked (received: string, name: string): number {
  const named = [...received.matchAll(/<\/(\d+)\/(\d+)>/g)]
  named.forEach(([, connection, index], i) => {
    assert.equal(connection, name)
    assert.ok(i === 0 || Number(index) > Number(named[i - 1]?.[2]))
  })
  return named.length
}
