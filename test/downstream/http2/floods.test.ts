import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ENHANCE_YOUR_CALM } from '../../../src/http2/errors.ts'
import { frame } from '../../helpers/frames.ts'
import { get, post, startHttp2Client, type Http2Client } from '../../helpers/http2-client.ts'
import { holds, startListener } from '../../helpers/listener.ts'
import { until } from '../../helpers/until.ts'

/** GET / of host h by http. Nothing of it goes into a table, so that it can be said again. */
const block = '8286840f0a0168'

const floods: ReadonlyArray<readonly [what: string, frames: (i: number) => Buffer[]]> = [
  ['resets', (i) => [frame(1, 5, 2 * i + 1, block), frame(3, 0, 2 * i + 1, '00000008')]],
  ['malformed requests', (i) => [frame(1, 5, 2 * i + 1, block + block)]],
  ['pings', () => [frame(6, 0, 0, '00'.repeat(8))]],
  ['settings', () => [frame(4, 0, 0)]],
  ['acknowledgements', () => [frame(4, 1, 0)]],
  ['priorities', () => [frame(2, 0, 1, '0000000010')]],
  ['windows', () => [frame(8, 0, 0, '00000001')]],
  ['unknown frames', () => [frame(0x16, 0, 0)]]
]

for (const [what, frames] of floods) {
  test(`a flood of ${what} is cut`, async (t) => {
    const { port, refused } = await startListener(t, holds)
    const client = await startHttp2Client(t, port)
    for (let i = 0; i < 2500; i++) client.say(...frames(i))
    await until('the end', () => client.isOver)
    assert.equal(client.goaways.at(-1)?.[1], ENHANCE_YOUR_CALM)
    assert.deepEqual(refused.filter(({ reason }) => reason === 'flood').length, 1)
  })
}

for (const [what, answers, isCut] of [
  ['more resets than there may be at once cut a client', 0, true],
  ['each whole response allows one more reset', 50, false]
] as const) {
  test(what, async (t) => {
    const { port } = await startListener(t, (heard) => { if (heard.exchange.body === 'none') heard.answer('') })
    const client = await startHttp2Client(t, port)
    let streamId = -1
    const resets = (count: number): Buffer[] => Array.from({ length: count }, () => {
      streamId += 2
      return [client.headers(streamId, post, false), frame(3, 0, streamId, '00000008')]
    }).flat()
    client.say(...resets(200))
    for (let i = 0; i < answers; i++) {
      streamId += 2
      client.say(client.headers(streamId, get))
      await client.answer(streamId)
    }
    client.say(...resets(50))
    await client.isRead()
    assert.equal(client.isOver, isCut)
  })
}

/** Stream 1 was reset by us: what comes for it is ignored. */
const resetByUs = (client: Http2Client): Buffer[] => [client.headers(1, [...post, 'connection', 'x'], false)]
const opened = (client: Http2Client): Buffer[] => [client.headers(1, post, false)]
const ignored: ReadonlyArray<readonly [what: string, before: (client: Http2Client) => Buffer[], frames: (i: number) => Buffer]> = [
  ['empty DATA', opened, () => frame(0, 0, 1)],
  ['DATA that is padding only', opened, () => frame(0, 8, 1, '00')],
  ['empty DATA that ends a stream that was reset', resetByUs, () => frame(0, 1, 1)],
  ['fields for a stream that was reset', resetByUs, () => frame(1, 5, 1, block)],
  ['resets of a stream that is over', (client) => [...opened(client), frame(3, 0, 1, '00000008')], () => frame(3, 0, 1, '00000008')],
  ['GOAWAY', opened, () => frame(7, 0, 0, '00'.repeat(8))],
  ['requests after GOAWAY', (client) => [...opened(client), frame(7, 0, 0, '00'.repeat(8))], (i) => frame(1, 5, 2 * i + 3, block)],
  ['empty DATA after GOAWAY', (client) => [...opened(client), frame(7, 0, 0, '00'.repeat(8))], () => frame(0, 1, 3)]
]

for (const [what, before, frames] of ignored) {
  test(`a flood of ${what}, which is ignored, is cut`, async (t) => {
    const { port, refused } = await startListener(t, ({ exchange }) => { exchange.readBody() })
    const client = await startHttp2Client(t, port)
    client.say(...before(client))
    for (let i = 0; i < 2500; i++) client.say(frames(i))
    client.say(frame(6, 0, 0, '00'.repeat(8)))
    await until('the end', () => client.isOver || client.pingAcks.length > 0)
    assert.equal(refused.at(-1)?.reason, 'flood')
  })
}

test('a field block that names a large entry again and again is cut', async (t) => {
  const { port } = await startListener(t, holds)
  const client = await startHttp2Client(t, port)
  const value = Buffer.alloc(3900, 'a')
  const entry = Buffer.concat([Buffer.from('400178', 'hex'), Buffer.from([0x7f, 0xbd, 0x1d]), value])
  client.say(frame(1, 5, 1, Buffer.concat([entry, Buffer.alloc(10_000, 0xbe)])))
  await until('the end', () => client.isOver)
  assert.equal(client.goaways[0]?.[1], ENHANCE_YOUR_CALM)
  assert.deepEqual(client.stream(1).sections, [[':status', '431', 'content-length', '0']])
})

test('many frames that come at once are read in several turns, so that others have theirs', async (t) => {
  const heardByThen: number[] = []
  const { port, heard } = await startListener(t, (first) => {
    first.exchange.readBody()
    setImmediate(() => { heardByThen.push(heard.length) })
  })
  const client = await startHttp2Client(t, port)
  const pings = Array.from({ length: 300 }, () => frame(6, 0, 0, '00'.repeat(8)))
  client.say(client.headers(1, post, false), ...pings, client.headers(3, post, false), frame(0, 1, 3))
  await until('both requests', () => heard.length === 2 && heard[1]?.bodyEnds === 1)
  await until('the turn after', () => heardByThen.length === 2)
  assert.equal(heardByThen[0], 1)
})

test('a client that leaves while a part of what it said is left for the next turn is forgotten', async (t) => {
  const { listener, port } = await startListener(t, holds)
  const client = await startHttp2Client(t, port)
  client.say(...Array.from({ length: 1500 }, () => frame(6, 0, 0, '00'.repeat(8))))
  client.socket.resetAndDestroy()
  await until('nobody to be there', () => listener.idle + listener.busy === 0)
})

test('a client that ends its side behind many frames is answered first', async (t) => {
  const { port } = await startListener(t, (heard) => { heard.answer('whole') })
  const client = await startHttp2Client(t, port)
  const pings = Array.from({ length: 1000 }, () => frame(6, 0, 0, '00'.repeat(8)))
  client.say(...pings, client.headers(1, get))
  assert.equal((await client.answer(1)).body, 'whole')
  client.socket.end()
  await until('the end', () => client.isOver)
})
