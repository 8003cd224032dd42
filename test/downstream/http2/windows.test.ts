import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_ERROR } from '../../../src/http2/errors.ts'
import { frame } from '../../helpers/frames.ts'
import { get, post, startHttp2Client } from '../../helpers/http2-client.ts'
import { holds, startListener } from '../../helpers/listener.ts'
import { until } from '../../helpers/until.ts'

const big = Buffer.alloc(16_384, 'b')

test('what a request still has to send when it has its answer is dropped, and costs the connection nothing', async (t) => {
  const { port } = await startListener(t, (one) => { one.answer('no') })
  const client = await startHttp2Client(t, port)
  for (let id = 1; id < 200; id += 2) {
    client.say(client.headers(id, post, false), frame(0, 0, id, big))
    assert.equal((await client.answer(id)).body, 'no')
    await client.isRead()
  }
  assert.deepEqual([await client.reset(1), client.goaways], [NO_ERROR, []])
  const given = client.windowUpdates.filter(([id]) => id === 0).reduce((sum, [, bytes]) => sum + bytes, 0)
  assert.ok(given > 983_041 + 16_384 * 60, String(given))
})

test('a client gets its window back when its body has been taken, not before', async (t) => {
  const { port, heard } = await startListener(t, holds)
  const client = await startHttp2Client(t, port)
  client.say(client.headers(1, post, false), ...Array.from({ length: 3 }, () => frame(0, 0, 1, big)))
  await client.isRead()
  const ofStream = (): number[] => client.windowUpdates.filter(([id]) => id === 1).map(([, bytes]) => bytes)
  assert.deepEqual(ofStream(), [])
  heard[0]?.exchange.readBody()
  await until('the window', () => ofStream().length > 0)
  heard[0]?.exchange.holdBody()
  client.say(frame(0, 0, 1, big))
  await client.isRead()
  assert.deepEqual([ofStream(), heard[0]?.body.length], [[49_152 - 16_384], 49_152])
})

test('a window grows while what comes is taken, by no more than there is room for, and others keep theirs', async (t) => {
  const { port, heard } = await startListener(t, (one) => { one.exchange.readBody() })
  const client = await startHttp2Client(t, port)
  const given = (streamId: number): number =>
    client.windowUpdates.filter(([id]) => id === streamId).reduce((sum, [, bytes]) => sum + bytes, 0)
  const upload = async (streamId: number, pieces: number): Promise<void> => {
    client.say(client.headers(streamId, post, false))
    for (let i = 0; i < pieces; i++) {
      client.say(frame(0, 0, streamId, big))
      await client.isRead()
    }
  }
  await upload(1, 100)
  // Of the connection's window of 1 MiB, half may be what windows have grown.
  const sent = 100 * big.length
  assert.ok(given(1) > sent + 524_288 - 300_000 && given(1) <= sent + 524_288, String(given(1) - sent))
  await upload(3, 6)
  assert.ok(given(3) <= 6 * big.length, 'there is no room left')
  client.say(frame(0, 1, 1))
  await until('the end of the first', () => heard[0]?.bodyEnds === 1)
  await upload(5, 6)
  assert.ok(given(5) > 6 * big.length, 'the room of the first is free again')
})

test('a window does not grow while what has come waits', async (t) => {
  const { port, heard } = await startListener(t, holds)
  const client = await startHttp2Client(t, port)
  client.say(client.headers(1, post, false), ...Array.from({ length: 3 }, () => frame(0, 0, 1, big)))
  await client.isRead()
  heard[0]?.exchange.discardBody()
  await client.isRead()
  const given = client.windowUpdates.filter(([id]) => id === 1).reduce((sum, [, bytes]) => sum + bytes, 0)
  assert.equal(given, 3 * big.length)
})

test('a response waits for the window of its client, and goes on with it', async (t) => {
  const { port, heard } = await startListener(t, (one) => { one.answer('x'.repeat(40)) })
  const client = await startHttp2Client(t, port, frame(4, 0, 0, '00040000000a'))
  client.say(client.headers(1, get))
  await until('the first bytes', () => client.stream(1).body.length === 10)
  await client.isRead()
  assert.equal(client.stream(1).body.length, 10)
  client.say(frame(8, 0, 1, '00000005'))
  await until('five more', () => client.stream(1).body.length === 15)
  client.say(frame(4, 0, 0, '000400000001')) // 9 less: it owes 9
  client.say(frame(8, 0, 1, '0000000a'))
  await until('one more', () => client.stream(1).body.length === 16)
  await client.isRead()
  assert.equal(heard[0]?.ends, 0)
  client.say(frame(4, 0, 0, '00040000ffff'))
  assert.equal((await client.answer(1)).body.length, 40)
  await until('the end', () => heard[0]?.ends === 1)
})

test('streams send in turn: a long response does not keep a short one waiting', async (t) => {
  const { port } = await startListener(t, (one) => { one.answer('x'.repeat(one.exchange.head.target === '/long' ? 10_000_000 : 10)) })
  const client = await startHttp2Client(t, port, frame(4, 0, 0, '00047fffffff'), frame(8, 0, 0, '7fff0000'))
  client.say(client.headers(1, [...get.slice(0, 4), ':path', '/long', ':authority', 'h']), client.headers(3, get))
  await client.answer(3)
  assert.equal(client.stream(1).isEnded, false)
  assert.equal((await client.answer(1)).body.length, 10_000_000)
})

test('who writes to a client that takes nothing is told to wait, and to go on', async (t) => {
  const { port, heard } = await startListener(t, holds)
  const client = await startHttp2Client(t, port)
  client.say(client.headers(1, get))
  const one = await until('the request', () => heard[0])
  one.exchange.begin(200, '', '', -1)
  let written = 0
  const write = (): void => {
    do {
      one.exchange.write(big)
      written += big.length
    } while (one.exchange.flush() && written < 10_000_000)
  }
  write()
  await until('the window to be used', () => one.drains === 1)
  write()
  assert.ok(written < 300_000, String(written))
  await client.isRead()
  assert.equal(one.drains, 1)
  client.say(frame(8, 0, 1, '00100000'), frame(8, 0, 0, '00100000'))
  await until('the word to go on', () => one.drains === 2)
})

test('a client that reads nothing of what it has asked for is cut', async (t) => {
  const { port, heard, listener, clock } = await startListener(t, (one) => { one.answer('x'.repeat(20_000_000)) })
  const client = await startHttp2Client(t, port, frame(4, 0, 0, '00047fffffff'), frame(8, 0, 0, '7fff0000'))
  await client.isRead()
  client.socket.pause()
  client.say(client.headers(1, get))
  await until('the limit to run', () => clock.hasTaskIn(listener.bodyIdleTimeoutMs))
  // The system may have taken in some more before it was full.
  await until('the end', () => {
    clock.advance(listener.bodyIdleTimeoutMs)
    return heard[0]?.ends === 1
  })
  assert.equal(listener.busy, 0)
})
