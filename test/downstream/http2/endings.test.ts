import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Http2Exchange } from '../../../src/downstream/http2/exchange.ts'
import { NO_ERROR } from '../../../src/http2/errors.ts'
import { frame } from '../../helpers/frames.ts'
import { get, startHttp2Client } from '../../helpers/http2-client.ts'
import { echo, holds, startListener } from '../../helpers/listener.ts'
import { settled, until } from '../../helpers/until.ts'

const anyStream = 0x7fff_ffff

test('a client that leaves, or resets its stream, lets go of its request', async (t) => {
  const { port, heard, listener } = await startListener(t, holds)
  const client = await startHttp2Client(t, port)
  client.say(client.headers(1, get), client.headers(3, get))
  await until('the requests', () => heard.length === 2)
  client.say(frame(3, 0, 1, '00000008'))
  await until('the first to be over', () => heard[0]?.ends === 1)
  assert.deepEqual([heard[1]?.ends, listener.busy], [0, 1])
  client.socket.destroy()
  await until('the second to be over', () => heard[1]?.ends === 1)
  assert.equal(listener.busy + listener.idle, 0)
})

test('a request that its client takes back in the same breath, or loses by what it does, never begins', async (t) => {
  const { port, heard, listener } = await startListener(t, holds)
  const client = await startHttp2Client(t, port)
  client.say(client.headers(1, get), client.headers(3, get), client.headers(5, get), frame(3, 0, 1, '00000008'), frame(8, 0, 3, '00000000'))
  await client.isRead()
  assert.deepEqual(heard.map(({ exchange }) => (exchange as Http2Exchange).streamId), [5])
  assert.equal(listener.busy, 1)
  client.say(client.headers(7, get), frame(0, 0, 0, '61'))
  await until('the end', () => heard[0]?.ends === 1)
  assert.equal(heard.length, 1)
})

test('a drain is announced, and serves what was on its way', async (t) => {
  const { port, heard, listener } = await startListener(t, holds)
  const client = await startHttp2Client(t, port)
  client.say(client.headers(1, get))
  await until('the request', () => heard[0])
  listener.announceEnd()
  await until('the first GOAWAY', () => client.goaways.length === 1)
  client.say(client.headers(3, get))
  await until('the request on its way', () => heard[1])
  client.say(frame(6, 1, 0, client.pings[0]))
  await until('the second GOAWAY', () => client.goaways.length === 2)
  assert.deepEqual(client.goaways, [[anyStream, NO_ERROR], [3, NO_ERROR]])
  client.say(client.headers(5, get))
  await client.isRead()
  assert.equal(heard.length, 2)
  for (const one of heard) one.answer('done')
  assert.deepEqual([(await client.answer(1)).body, (await client.answer(3)).body], ['done', 'done'])
  await until('the end', () => client.isOver)
})

test('a client that answers no ping has a second', async (t) => {
  const { port, listener, clock } = await startListener(t, holds)
  const client = await startHttp2Client(t, port)
  await client.isRead()
  listener.announceEnd()
  await until('the first GOAWAY', () => client.goaways.length === 1)
  clock.advance(1000)
  await until('the end', () => client.isOver)
  assert.deepEqual(client.goaways, [[anyStream, NO_ERROR], [0, NO_ERROR]])
})

test('a connection without requests ends in good order after the keep-alive time', async (t) => {
  const { port, clock } = await startListener(t, echo, { keepAliveTimeoutMs: 5000 })
  const client = await startHttp2Client(t, port)
  client.say(client.headers(1, get))
  await client.answer(1)
  await client.isRead()
  clock.advance(5000)
  await until('GOAWAY', () => client.goaways.length === 1)
  clock.advance(1000)
  await until('the end', () => client.isOver)
})

test('a client that stops within a field block has the time for a head', async (t) => {
  const { port, clock, listener } = await startListener(t, echo, { headerTimeoutMs: 3000 })
  const client = await startHttp2Client(t, port)
  client.say(client.headers(1, get))
  await client.answer(1)
  client.say(frame(1, 1, 3, '82'))
  await until('the beginning', () => listener.awaited === 1)
  clock.advance(3000)
  await until('the end', () => client.isOver)
  assert.equal(client.goaways[0]?.[1], 4)
})

test('a client that goes on, whose pieces always end within a frame, is not cut', async (t) => {
  const { port, clock, listener } = await startListener(t, echo, { headerTimeoutMs: 3000 })
  const client = await startHttp2Client(t, port)
  let rest: Buffer = Buffer.alloc(0)
  for (let id = 1; id < 13; id += 2) {
    const next = client.headers(id, get)
    client.say(rest, next.subarray(0, 10))
    rest = next.subarray(10)
    if (id > 1) await client.answer(id - 2)
    await until('the part', () => listener.awaited === 1)
    clock.advance(2000)
  }
  client.say(rest)
  assert.equal((await client.answer(11)).body, 'GET /\n')
})

test('where HTTP/2 is switched off, its preface is answered 400 by HTTP/1.1', async (t) => {
  const { client, listener, refused } = await startListener(t, holds)
  listener.speaksHttp2 = false
  const end = await client('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  assert.match(await end.hearsTheEnd(), /^HTTP\/1\.1 400 [^]*This port speaks HTTP\/1\.1, not HTTP\/2/)
  await settled()
  assert.deepEqual(refused.map(({ reason }) => reason), ['http2-preface'])
})
