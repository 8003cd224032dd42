import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { Fields } from '../../../src/http/fields.ts'
import { CANCEL, INTERNAL_ERROR, REFUSED_STREAM } from '../../../src/http2/errors.ts'
import { frame } from '../../helpers/frames.ts'
import { get, post, startHttp2Client } from '../../helpers/http2-client.ts'
import { echo, holds, startListener } from '../../helpers/listener.ts'
import { standstill, until } from '../../helpers/until.ts'

test('a request and its response go by one stream', async (t) => {
  const { port, heard } = await startListener(t, echo)
  const client = await startHttp2Client(t, port)
  client.say(client.headers(1, [...post, 'te', 'trailers'], false), frame(0, 0, 1, '6162'), client.headers(1, ['x-sum', '1']))
  const { sections, body } = await client.answer(1)
  assert.deepEqual([sections, body], [[[':status', '200', 'content-length', '10']], 'POST / ab\n'])
  const one = heard[0]
  assert.deepEqual([one?.exchange.head.version, one?.trailers?.toRaw(), one?.ends], ['2', ['x-sum', '1'], 1])
})

test('a body of no length, its trailers and what informs of it come in their order', async (t) => {
  const { port } = await startListener(t, ({ exchange }) => {
    exchange.inform({ statusCode: 103, reason: '', fields: Fields.from(['Link', '</a>', 'Connection', 'x', 'X', 'y']) })
    exchange.begin(200, 'Fine', 'X-A: b\r\nTransfer-Encoding: chunked\r\n', -1)
    exchange.write(Buffer.from('abc'))
    exchange.flush()
    exchange.write(Buffer.from('def'))
    exchange.end('X-Sum: 1\r\n')
  })
  const client = await startHttp2Client(t, port)
  client.say(client.headers(1, get))
  const { sections, body } = await client.answer(1)
  assert.deepEqual(sections, [[':status', '103', 'link', '</a>'], [':status', '200', 'x-a', 'b'], ['x-sum', '1']])
  assert.equal(body, 'abcdef')
})

test('the bytes of a value pass unchanged, also those that JavaScript takes for blanks', async (t) => {
  const { port } = await startListener(t, ({ exchange }) => {
    exchange.begin(200, '', 'X-A: voil\xc3\xa0\r\nX-B:\t \x85b\xa0 \t\r\nX-C:\r\n', 0)
    exchange.end('X-Sum: \xa0\r\n')
  })
  const client = await startHttp2Client(t, port)
  client.say(client.headers(1, get))
  const { sections } = await client.answer(1)
  assert.deepEqual(sections, [[':status', '200', 'x-a', 'voil\xc3\xa0', 'x-b', '\x85b\xa0', 'x-c', ''], ['x-sum', '\xa0']])
})

test('a response without a body ends with its head', async (t) => {
  const { port } = await startListener(t, ({ exchange }) => {
    exchange.begin(304, '', 'ETag: "a"\r\n', 5)
    exchange.write(Buffer.from('12345'))
    exchange.end('')
  })
  const client = await startHttp2Client(t, port)
  client.say(client.headers(1, get))
  assert.deepEqual(await client.answer(1), { sections: [[':status', '304', 'etag', '"a"']], body: '', isEnded: true, resetCode: undefined })
})

test('a body that is shorter than announced, or cut, is reset: it must not look whole', async (t) => {
  const { port, heard } = await startListener(t, holds)
  const client = await startHttp2Client(t, port)
  client.say(client.headers(1, get), client.headers(3, get))
  await until('the requests', () => heard.length === 2)
  for (const { exchange } of heard) {
    exchange.begin(200, '', '', 5)
    exchange.write(Buffer.from('1'))
    exchange.flush()
  }
  heard[0]?.exchange.end('')
  heard[1]?.exchange.reset('timeout')
  assert.deepEqual([await client.reset(1), await client.reset(3)], [INTERNAL_ERROR, CANCEL])
  assert.deepEqual(heard.map(({ ends }) => ends), [1, 1])
})

test('more streams than allowed are refused, and may be asked for again', async (t) => {
  const { port, heard, listener } = await startListener(t, holds)
  listener.http2 = { ...listener.http2, maxStreams: 2 }
  const client = await startHttp2Client(t, port)
  client.say(client.headers(1, get), client.headers(3, get), client.headers(5, [...get, 'x', 'y']))
  assert.equal(await client.reset(5), REFUSED_STREAM)
  heard[0]?.answer('one')
  await client.answer(1)
  client.say(client.headers(7, [...get, 'x', 'y']))
  await until('the next', () => heard.length === 3)
  assert.equal(heard[2]?.exchange.head.fields.get('x'), 'y')
})

test('a request whose answer is on its way does not count as one in flight', async (t) => {
  const { port, heard, listener } = await startListener(t, (one) => {
    const how = one.exchange.head.fields.get('x')
    if (how === 'large') one.answer('x'.repeat(20_000_000))
    if (how !== 'now') return
    one.exchange.begin(204, '', '', 0)
    one.exchange.end('')
  })
  listener.http2 = { ...listener.http2, maxStreams: 2 }
  let far: Socket | undefined
  listener.on('connection', (socket: Socket) => { far = socket })
  const client = await startHttp2Client(t, port, frame(4, 0, 0, '00047fffffff'), frame(8, 0, 0, '7fff0000'))
  await client.isRead()
  client.socket.pause()
  client.say(client.headers(1, [...get, 'x', 'large']))
  await until('the first', () => heard.length === 1)
  await standstill(() => far?.bytesWritten ?? 0)
  client.say(client.headers(3, [...get, 'x', 'now']))
  await until('the second', () => heard.length === 2)
  client.say(client.headers(5, get), client.headers(7, get))
  await until('the third', () => heard.length === 3)
  client.socket.resume()
  assert.equal(await client.reset(7), REFUSED_STREAM)
  assert.deepEqual([heard.length, client.stream(5).resetCode], [3, undefined])
})
