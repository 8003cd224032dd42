import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { frame, preface, settings } from '../../helpers/frames.ts'
import { get, Http2Client, post } from '../../helpers/http2-client.ts'
import { seed, seededRandom } from '../../helpers/chance.ts'
import { startListener, type Heard } from '../../helpers/listener.ts'
import { settled, until } from '../../helpers/until.ts'

/** Runs of more connections are for the command line: `CONNECTIONS=20000 node --test dist/test/downstream/http2/random-clients.test.js`. */
const connections = Number(process.env['CONNECTIONS'] ?? 600)
const atATime = 20

type Random = () => number

function pick<T> (random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T
}

/** A frame of a client that mostly keeps to the rules. `streams`: how many it has opened. */
function randomFrame (random: Random, client: Http2Client, streams: { opened: number }): Buffer {
  const any = 2 * Math.floor(random() * streams.opened) + 1
  const open = (raw: readonly string[], isEnd: boolean): Buffer => client.headers(2 * streams.opened++ + 1, raw, isEnd)
  const bytes = Buffer.alloc(Math.floor(random() * 20_000), 'x')
  return pick(random, [
    () => open(get, true),
    () => open(get, true),
    () => open([':method', 'HEAD', ...get.slice(2)], true),
    () => open(post, false),
    () => open([...post, 'content-length', '5'], false),
    () => open([...post, 'expect', '100-continue'], false),
    () => open([':method', 'CONNECT', ':protocol', 'websocket', ...get.slice(2)], false),
    () => open([...get, 'connection', 'close'], true),
    () => frame(0, 0, any, bytes.subarray(0, 16_384)),
    () => frame(0, 1, any, '68656c6c6f'),
    () => frame(0, 9, any, '0268690000'),
    () => client.headers(any, ['x-sum', '1']),
    () => frame(3, 0, any, '00000008'),
    () => frame(4, 0, 0, pick(random, ['', '000400000000', '00040000ffff', '000100000000', '000100001000'])),
    () => frame(6, 0, 0, '00'.repeat(8)),
    () => frame(8, 0, pick(random, [0, any]), '00010000'),
    () => frame(2, 0, any, '0000000010'),
    () => frame(6, 1, 0, '00'.repeat(8)),
    () => random() < 0.2 ? frame(Math.floor(random() * 12), Math.floor(random() * 256), any, bytes.subarray(0, 40)) : settings,
    () => random() < 0.2 ? frame(7, 0, 0, '00'.repeat(8)) : frame(0x20, 0, any, '00')
  ])()
}

/** Connects, sends some frames in pieces of any size, and leaves. */
async function visit (port: number, random: Random): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' })
  const client = new Http2Client(socket)
  const streams = { opened: 1 }
  if (random() < 0.1) socket.pause()
  const frames = Array.from({ length: Math.floor(random() * 40) }, () => randomFrame(random, client, streams))
  const bytes = Buffer.concat([Buffer.from(preface), settings, ...frames])
  for (let at = 0; at < bytes.length && !socket.destroyed;) {
    const next = at + Math.ceil(random() * pick(random, [10, 1000, 100_000]))
    socket.write(bytes.subarray(at, next))
    at = next
    if (random() < 0.3) await settled()
  }
  for (let turns = Math.floor(random() * 10); turns > 0; turns--) await settled()
  pick(random, [() => socket.destroy(), () => socket.resetAndDestroy(), () => socket.end()])()
  socket.resume()
}

/** Answers in one of the ways that there are, or not at all. */
function answer (random: Random, one: Heard): void {
  const { exchange } = one
  if (random() < 0.5) exchange.readBody()
  if (random() < 0.1) exchange.holdBody()
  if (exchange.upgrade !== undefined && random() < 0.5) {
    exchange.openTunnel('', 'Sec-WebSocket-Accept: no\r\n')
    return
  }
  pick(random, [
    () => { one.answer('whole') },
    () => { setImmediate(() => { one.answer('x'.repeat(100_000)) }) },
    () => {
      exchange.discardBody()
      exchange.begin(200, '', '', -1)
      exchange.write(Buffer.alloc(70_000))
      exchange.flush()
      setImmediate(() => { exchange.end('X: y\r\n') })
    },
    () => { exchange.reset('cut') },
    () => { throw new Error('thrown on purpose') },
    () => {}
  ])()
}

test(`${connections} clients that say anything are served or refused, and leave nothing behind`, { timeout: 60_000 }, async (t) => {
  const random = seededRandom(seed)
  const { port, listener, heard, thrown } = await startListener(t, (one) => {
    try {
      answer(random, one)
    } catch (error) {
      one.onThrown(error)
    }
  })
  for (let done = 0; done < connections; done += atATime) {
    await Promise.all(Array.from({ length: atATime }, () => visit(port, random)))
    await until('the connections to be forgotten', () => listener.idle + listener.busy === 0)
  }
  assert.deepEqual(thrown, [])
  assert.ok(heard.length > connections)
  for (const { ends, exchange, bodyEnds } of heard) assert.deepEqual([ends, exchange.isEnded, bodyEnds <= 1], [1, true, true])
  assert.equal(heard.flatMap((one) => one.thrown).filter((error) => !/on purpose/.test(String(error))).length, 0)
})
