import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holds, startListener, type Heard } from '../helpers/listener.ts'
import { settled, until } from '../helpers/until.ts'

const get = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'

function answersAtOnce (one: Heard): void {
  one.answer('quick')
}

test('connections without a request end at once, those that were never used too, and the listener closes', async (t) => {
  const { client, listener, clock } = await startListener(t, answersAtOnce)
  const ahead = await client()
  const kept = await client(get)
  await kept.hears('quick')
  await until('both', () => listener.idle === 2)
  await new Promise((resolve) => { listener.close(resolve) })
  await ahead.hearsTheEnd()
  await kept.hearsTheEnd()
  assert.deepEqual([listener.idle, listener.busy, clock.nextInMs()], [0, 0, undefined])
})

test('a request in flight gets its answer, which is the last one, and then the listener closes', async (t) => {
  const { client, listener, heard } = await startListener(t, holds)
  const end = await client(get)
  const one = await until('the request', () => heard[0])
  let isClosed = false
  listener.close(() => { isClosed = true })
  await settled()
  assert.deepEqual([listener.busy, isClosed, listener.isDraining], [1, false, true])
  one.answer('slow')
  assert.match(await end.hearsTheEnd(), /Connection: close\r\n\r\nslow$/)
  await until('the end', () => isClosed)
})

test('a response whose head has gone out before the drain ends its connection too', async (t) => {
  const { client, listener, heard } = await startListener(t, ({ exchange }) => {
    exchange.begin(200, 'OK', '', -1)
    exchange.flush()
  })
  const end = await client(get + get)
  assert.match(await end.hears('\r\n\r\n'), /Connection: keep-alive/)
  listener.drain()
  heard[0]?.exchange.end('')
  await end.hearsTheEnd()
  assert.equal(heard.length, 1)
})

test('a head that has begun to come is waited for, unless there is no more time', async (t) => {
  const { client, listener } = await startListener(t, answersAtOnce)
  const [whole, half] = [await client('GET / HTTP/1.1\r\nHo'), await client('GET / HTTP/1.1\r\nHo')]
  await until('both to begin', () => listener.awaited === 2)
  listener.drain()
  assert.equal(listener.idle, 2)
  whole.say('st: h\r\n\r\n')
  assert.match(await whole.hearsTheEnd(), /Connection: close\r\n\r\nquick$/)
  listener.closeIdleConnections()
  assert.equal(await half.hearsTheEnd(), '')
})

test('a client that is being told of a refusal hears it in a drain, unless there is no more time', async (t) => {
  const { client, listener } = await startListener(t, answersAtOnce)
  const end = await client('GARBAGE\r\n\r\n')
  end.socket.allowHalfOpen = true
  await end.hears('}')
  listener.drain()
  assert.equal(listener.idle, 1)
  listener.closeIdleConnections()
  await end.hearsTheEnd()
  await until('it to be closed', () => listener.idle === 0)
})

test('announceEnd leaves idle connections for the request that may be on its way', async (t) => {
  const { client, listener } = await startListener(t, answersAtOnce)
  const end = await client(get)
  await end.hears('quick')
  end.forget()
  listener.announceEnd()
  await settled()
  end.say(get)
  assert.match(await end.hearsTheEnd(), /Connection: close\r\n\r\nquick$/)
})

test('closeIdleConnections leaves what is in flight; closeAllConnections leaves nothing', async (t) => {
  const { client, listener, heard } = await startListener(t, holds)
  const ahead = await client()
  const busy = await client(get)
  const one = await until('the request', () => heard[0])
  await until('both', () => listener.idle === 1 && listener.busy === 1)
  listener.closeIdleConnections()
  await ahead.hearsTheEnd()
  assert.equal(one.ends, 0)
  listener.closeAllConnections()
  assert.equal(await busy.hearsTheEnd(), '')
  await until('the end of the exchange', () => one.ends === 1)
})
