import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { echo, holds, startListener, type Heard, type Settings, type StartedListener } from '../helpers/listener.ts'
import { until } from '../helpers/until.ts'

const get = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'
const upload = 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\nhello'

/** A client that sends `bytes` and ends its side, once the listener has seen the end. */
async function halfClosed (t: TestContext, bytes: string, settings: Settings = {}, handle: (heard: Heard) => void = holds) {
  const started = await startListener(t, handle, settings)
  let hasEnded = false
  started.listener.on('connection', (socket) => { socket.on('end', () => { hasEnded = true }) })
  const socket = connect({ port: started.port, host: '127.0.0.1', allowHalfOpen: true })
  t.after(() => { socket.destroy() })
  let received = ''
  let isOver = false
  socket.on('error', () => {}).on('data', (piece: Buffer) => { received += piece.toString('latin1') })
  socket.on('end', () => { isOver = true }).on('close', () => { isOver = true })
  socket.end(bytes, 'latin1')
  await until('the end to arrive', () => hasEnded)
  return { ...started, received: () => received, isOver: () => until('the end', () => isOver) }
}

test('a client that has ended its side gets its answer, the last one, and then the end', async (t) => {
  const { heard, received, isOver } = await halfClosed(t, get)
  const one = heard[0] as Heard
  assert.equal(one.ends, 0)
  one.answer('answer')
  await isOver()
  assert.equal(received(), 'HTTP/1.1 200 Fine\r\nContent-Length: 6\r\nConnection: close\r\n\r\nanswer')
  assert.equal(one.ends, 1)
})

test('a client that has ended its side after a pipeline gets all answers', async (t) => {
  const { received, isOver } = await halfClosed(t, get.repeat(20), {}, echo)
  await isOver()
  assert.equal(received().match(/HTTP\/1\.1 200/g)?.length, 20)
  assert.match(received(), /\r\n\r\nGET \/\n$/)
})

test('with abortOnClientEnd a client that has ended its side has left', async (t) => {
  const { heard, isOver, received } = await halfClosed(t, get, { abortOnClientEnd: true })
  await isOver()
  assert.equal(received(), '')
  await until('the end of the exchange', () => heard[0]?.ends === 1)
})

for (const reads of [true, false]) {
  test(`a client that ends its side in the middle of its body has left, ${reads ? 'if it is read' : 'also if its body has to wait'}`, async (t) => {
    const { heard, isOver, received } = await halfClosed(t, upload, {}, ({ exchange }) => { if (reads) exchange.readBody() })
    if (!reads) heard[0]?.exchange.readBody()
    await isOver()
    assert.equal(received(), '')
    await until('the end of the exchange', () => heard[0]?.ends === 1)
    assert.deepEqual([heard[0]?.body, heard[0]?.bodyEnds], ['hello', 0])
  })
}

test('one that ends its side in the middle of a body that is discarded gets its answer', async (t) => {
  const { heard, isOver, received } = await halfClosed(t, upload, {}, ({ exchange }) => { exchange.discardBody() })
  heard[0]?.answer('too large', 413)
  await isOver()
  assert.match(received(), /^HTTP\/1\.1 413 [^]*too large$/)
})

test('a client that ends its side in the middle of a head is answered 400', async (t) => {
  const { refused, isOver, received } = await halfClosed(t, 'GET / HTTP/1.1\r\nHos')
  await isOver()
  assert.match(received(), /^HTTP\/1\.1 400 [^]*EVENKEEL_BAD_REQUEST/)
  assert.deepEqual(refused.map(({ reason, code, client }) => [reason, code, client]), [['malformed', 'truncated', '127.0.0.1']])
})

test('a client that ends its side between requests is let go', async (t) => {
  const { refused, isOver, received, listener } = await halfClosed(t, '')
  await isOver()
  assert.deepEqual([received(), refused], ['', []])
  await until('it to be forgotten', () => listener.idle + listener.busy === 0)
})

/** What a client may have done when it leaves by a reset, and what its exchange does. */
const phases: Record<string, { bytes: string, handle?: (heard: Heard) => void }> = {
  'while its request is in flight': { bytes: get },
  'while its body waits': { bytes: upload },
  'while its body is read': { bytes: upload, handle: ({ exchange }) => { exchange.readBody() } },
  'while its body is dropped': { bytes: upload, handle: ({ exchange }) => { exchange.discardBody() } },
  'while it waits for a 100': { bytes: 'POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n' },
  'with the next request sent': { bytes: get + get },
  'while its response has begun': {
    bytes: get,
    handle: ({ exchange }) => {
      exchange.begin(200, 'OK', '', -1)
      exchange.flush()
    }
  },
  'while it reads its response slowly': {
    bytes: get,
    handle: ({ exchange }) => {
      exchange.begin(200, 'OK', '', -1)
      exchange.write(Buffer.alloc(50_000_000))
      exchange.end('')
    }
  },
  'before its offer to change protocols is answered': { bytes: 'GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nearly' }
}

for (const [what, { bytes, handle = holds }] of Object.entries(phases)) {
  test(`a client that leaves ${what} ends its exchange, once`, async (t) => {
    const { client, heard, listener, thrown } = await startListener(t, handle)
    const end = await client(bytes)
    end.socket.pause()
    const one = await until('the request', () => heard[0])
    end.socket.resetAndDestroy()
    await until('the end', () => one.ends === 1)
    await until('the connection to be forgotten', () => listener.idle + listener.busy === 0)
    one.answer('nobody hears this')
    assert.deepEqual([one.ends, heard.length, thrown, one.thrown], [1, 1, [], []])
  })
}

async function reset (started: StartedListener, request: string): Promise<string | undefined> {
  const end = await started.client()
  let code: string | undefined
  end.socket.on('error', (error: Error & { code?: string }) => { code = error.code })
  end.say(request)
  await end.hears('half')
  started.heard.at(-1)?.exchange.reset('cut')
  await until('the end', () => end.socket.closed)
  return code
}

test('a response that is cut ends its connection; one of HTTP/1.0, which has no other end, by a reset', async (t) => {
  const started = await startListener(t, ({ exchange }) => {
    exchange.begin(200, 'OK', '', -1)
    exchange.write(Buffer.from('half'))
    exchange.flush()
  })
  assert.equal(await reset(started, get), undefined)
  assert.equal(await reset(started, 'GET / HTTP/1.0\r\n\r\n'), 'ECONNRESET')
  await until('the ends', () => started.heard.every(({ ends }) => ends === 1))
})

/** A client that is told no more, and goes on sending: `more` sends, and lets time pass once that has come. */
async function startTalker (t: TestContext, bytes: string, handle: (heard: Heard) => void) {
  const { client, clock, listener } = await startListener(t, handle)
  let far: Socket | undefined
  listener.on('connection', (socket) => { far = socket })
  const end = await client(bytes)
  end.socket.allowHalfOpen = true
  const answer = await end.hearsTheEnd()
  let sent = bytes.length
  const more = async (thenMs = 4000): Promise<void> => {
    end.say('more')
    sent += 4
    await until('it to come', () => far?.bytesRead === sent)
    clock.advance(thenMs)
  }
  return { answer, more, clock, isClosed: () => far?.destroyed === true }
}

test('an answer to a client that goes on sending is not lost by a reset, for as long as it sends', async (t) => {
  const { answer, more, clock, isClosed } = await startTalker(t, 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\n', (one) => {
    one.exchange.isLast = true
    one.answer('enough')
  })
  assert.match(answer, /Connection: close\r\n\r\nenough$/)
  for (let i = 0; i < 5; i++) await more()
  assert.equal(isClosed(), false)
  clock.advance(1000)
  assert.equal(isClosed(), true)
})

test('a client that goes on sending for 30 s is cut', async (t) => {
  const { more, isClosed, clock } = await startTalker(t, 'GARBAGE\r\n\r\n', echo)
  for (let i = 0; i < 7; i++) await more()
  await more(1999)
  assert.equal(isClosed(), false)
  clock.advance(1)
  assert.equal(isClosed(), true)
})

test('what a listener throws comes back to it, and to no other exchange', async (t) => {
  const { client, heard, thrown } = await startListener(t, (one) => {
    const { exchange } = one
    const { target } = exchange.head
    const fail = (): never => { throw new Error(target) }
    if (target === '/onExchange') fail()
    if (target === '/onBody') one.onBody = fail
    if (target === '/onBodyEnd') one.onBodyEnd = fail
    if (target === '/onBodyError') one.onBodyError = fail
    if (target === '/onEnd') one.onEnd = fail
    if (exchange.body !== 'none') exchange.readBody()
    else one.answer(target)
  })
  const chunked = 'Host: h\r\nTransfer-Encoding: chunked\r\n\r\n'
  for (const [target, bytes] of [['/onBody', '1\r\nx\r\n0\r\n\r\n'], ['/onBodyEnd', '1\r\nx\r\n0\r\n\r\n'], ['/onBodyError', 'xyz\r\n']]) {
    const end = await client(`POST ${target} HTTP/1.1\r\n${chunked}${bytes}`)
    assert.equal(await end.hearsTheEnd(), '')
    assert.deepEqual(heard.at(-1)?.thrown, [new Error(target)])
  }
  const end = await client('GET /onEnd HTTP/1.1\r\nHost: h\r\n\r\nGET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
  assert.match(await end.hearsTheEnd(), /\/onEnd[^]*\/last$/)
  assert.deepEqual([heard.at(-2)?.thrown, heard.at(-1)?.thrown], [[new Error('/onEnd')], []])
  assert.deepEqual(thrown, [])
  const other = await client('GET /onExchange HTTP/1.1\r\nHost: h\r\n\r\n')
  assert.equal(await other.hearsTheEnd(), '')
  assert.deepEqual(thrown, [new Error('/onExchange')])
})
