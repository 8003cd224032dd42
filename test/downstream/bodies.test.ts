import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fields } from '../../src/http/fields.ts'
import { echo, holds, startListener } from '../helpers/listener.ts'
import { settled, standstill, until } from '../helpers/until.ts'

const post = 'POST / HTTP/1.1\r\nHost: h\r\n'
const continueHead = { statusCode: 100, reason: 'Go On', fields: Fields.from(['X-A', 'b']) }
const next = 'GET /next HTTP/1.1\r\nHost: h\r\n\r\n'

for (const [what, framing, whole] of [
  ['with a length', 'Content-Length: 5\r\n\r\nhel', 'lo'],
  ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n', '2\r\nlo\r\n0\r\nX-T: u\r\n\r\n']
] as const) {
  test(`a body ${what} is read when it is wanted, and stops when it is not`, async (t) => {
    const { client, heard } = await startListener(t, holds)
    const end = await client(post + framing)
    const one = await until('the request', () => heard[0])
    const { exchange } = one
    assert.deepEqual([exchange.body, exchange.contentLength], what === 'in chunks' ? ['stream', -1] : ['length', 5])
    await settled()
    assert.equal(one.body, '')
    one.onBody = (bytes) => {
      one.body += bytes.toString('latin1')
      exchange.holdBody()
    }
    exchange.readBody()
    assert.equal(one.body, 'hel')
    end.say(whole)
    await standstill(() => one.body.length)
    assert.deepEqual([one.body, one.bodyEnds], ['hel', 0])
    exchange.readBody()
    await until('the rest', () => one.body === 'hello')
    exchange.readBody()
    await until('the end of the body', () => one.bodyEnds === 1)
    if (what === 'in chunks') assert.equal(one.trailers?.get('x-t'), 'u')
    one.answer('done')
    await end.hears('done')
    end.say(next)
    await until('the next request', () => heard[1])
  })

  test(`what follows a body ${what} in the same piece is the next request`, async (t) => {
    const { client, heard } = await startListener(t, echo)
    const end = await client(post + framing + whole + next)
    await end.hears('GET /next\n')
    assert.equal(heard[0]?.body, 'hello')
  })
}

test('a body is not read faster than it is wanted', async (t) => {
  const { client, heard, listener } = await startListener(t, holds)
  let read = (): number => 0
  listener.on('connection', (socket) => { read = () => socket.bytesRead })
  const size = 20_000_000
  const end = await client(`${post}Content-Length: ${size}\r\n\r\n`)
  const one = await until('the request', () => heard[0])
  let bytes = 0
  one.onBody = (piece) => {
    bytes += piece.length
    one.exchange.holdBody()
  }
  one.exchange.readBody()
  end.socket.write(Buffer.alloc(size))
  await standstill(read)
  assert.ok(bytes > 0 && read() < bytes + 2 * 65_536, `${read()} bytes were read, ${bytes} wanted`)
  while (one.bodyEnds === 0) {
    one.exchange.readBody()
    await settled()
  }
  assert.equal(bytes, size)
})

test('a body in single bytes costs no memory while nobody wants it', async (t) => {
  const { client, heard, listener } = await startListener(t, holds)
  let read = (): number => 0
  listener.on('connection', (socket) => { read = () => socket.bytesRead })
  const head = `${post}Content-Length: 10000\r\n\r\n`
  const end = await client(head)
  end.socket.setNoDelay(true)
  await until('the request', () => heard[0])
  for (let i = 0; i < 10_000; i++) {
    end.say('x')
    await settled()
  }
  await standstill(read)
  assert.ok(read() <= head.length + 1100, `${read()} bytes were read`)
})

test('a client is told to send its body when somebody wants it, once, and keeps its connection', async (t) => {
  const { client, heard } = await startListener(t, holds)
  const end = await client(`${post}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`)
  const one = await until('the request', () => heard[0])
  assert.equal(one.exchange.awaitsContinue, true)
  one.exchange.inform(continueHead)
  one.exchange.inform(continueHead)
  assert.equal(one.exchange.awaitsContinue, false)
  assert.equal(await end.hears('\r\n\r\n'), 'HTTP/1.1 100 Go On\r\nX-A: b\r\n\r\n')
  one.exchange.readBody()
  end.say('hello')
  await until('the body', () => one.bodyEnds)
  one.answer('done')
  assert.match(await end.hears('done'), /Connection: keep-alive/)
})

for (const when of ['with its head', 'after it']) {
  test(`a client that sends its body ${when} without being told waits for nothing`, async (t) => {
    const { client, heard } = await startListener(t, holds)
    const head = `${post}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`
    const end = await client(when === 'after it' ? head : `${head}h`)
    const one = await until('the request', () => heard[0])
    end.say(when === 'after it' ? 'hello' : 'ello')
    await until('the body', () => !one.exchange.awaitsContinue)
    one.exchange.inform(continueHead)
    one.exchange.readBody()
    await until('the body', () => one.bodyEnds)
    one.answer('done')
    assert.match(await end.hears('done'), /^HTTP\/1\.1 200 [^]*Connection: keep-alive/)
  })
}

test('a response in place of the 100 is the last one, and a body that comes all the same is no request', async (t) => {
  const { client, heard } = await startListener(t, (one) => { one.answer('no', 417) })
  const end = await client(`${post}Expect: 100-continue\r\nContent-Length: ${next.length}\r\n\r\n`)
  await end.hears('no')
  end.say(next)
  assert.match(await end.hearsTheEnd(), /^HTTP\/1\.1 417 [^]*Connection: close\r\n\r\nno$/)
  assert.equal(heard.length, 1)
})

test('an unknown expectation passes', async (t) => {
  const { client, heard } = await startListener(t, echo)
  const end = await client('GET / HTTP/1.1\r\nHost: h\r\nExpect: nonsense\r\n\r\n')
  await end.hears('GET /\n')
  assert.equal(heard[0]?.exchange.awaitsContinue, false)
})

test('the rest of a body that nobody wants is dropped, and the connection kept', async (t) => {
  const { client, heard, listener } = await startListener(t, (one) => { if (one.exchange.body !== 'none') one.answer('too large', 413) })
  const end = await client(`${post}Content-Length: 2000000\r\n\r\nbegin`)
  assert.match(await end.hears('too large'), /Connection: keep-alive/)
  assert.deepEqual([heard[0]?.ends, listener.idle], [1, 1])
  end.socket.write(Buffer.alloc(1_999_995))
  end.say(next)
  const two = await until('the next request', () => heard[1])
  assert.deepEqual([heard[0]?.body, two.exchange.head.target], ['', '/next'])
})

test('a body that is discarded while its request is in flight is read and dropped', async (t) => {
  const { client, heard } = await startListener(t, (one) => { one.exchange.discardBody() })
  const end = await client(`${post}Content-Length: 2000000\r\n\r\n`)
  const one = await until('the request', () => heard[0])
  end.socket.write(Buffer.alloc(2_000_000))
  await until('all to be read', () => end.socket.writableLength === 0)
  assert.deepEqual([one.body, one.bodyEnds], ['', 0])
  one.answer('done')
  end.say(next)
  await until('the next request', () => heard[1])
})

test('a body that nobody wants is read on for 30 s and no longer', async (t) => {
  const { client, clock, heard } = await startListener(t, (one) => { one.answer('too large', 413) })
  const end = await client(`${post}Content-Length: 20\r\n\r\n`)
  await end.hears('too large')
  end.say('more')
  clock.advance(29_999)
  await settled()
  assert.equal(end.socket.readyState, 'open')
  clock.advance(1)
  await end.hearsTheEnd()
  assert.equal(heard[0]?.ends, 1)
})

test('a response after the 30 s of a discarded body still goes out, as the last one', async (t) => {
  const { client, clock, heard } = await startListener(t, (one) => { one.exchange.discardBody() })
  const end = await client(`${post}Content-Length: 20\r\n\r\n`)
  const one = await until('the request', () => heard[0])
  clock.advance(30_000)
  one.answer('late')
  assert.match(await end.hearsTheEnd(), /Connection: close\r\n\r\nlate$/)
})

test('a discarded body that is whole in time changes nothing', async (t) => {
  const { client, clock, heard, listener } = await startListener(t, (one) => { one.exchange.discardBody() })
  const end = await client(`${post}Content-Length: 5\r\n\r\nhello`)
  const one = await until('the request', () => heard[0])
  clock.advance(30_000)
  one.answer('late')
  assert.match(await end.hears('late'), /Connection: keep-alive/)
  assert.equal(listener.idle, 1)
})

test('what comes as a body and is none is told, and the answer to it is the last one', async (t) => {
  const { client, heard } = await startListener(t, (one) => {
    one.onBodyError = ({ code }) => { one.answer(code, 400) }
    one.exchange.readBody()
  })
  const end = await client(`${post}Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\nxyz\r\n${next}`)
  assert.match(await end.hearsTheEnd(), /^HTTP\/1\.1 400 [^]*Connection: close\r\n\r\ninvalid-chunk-size$/)
  assert.deepEqual(heard.map(({ body, bodyEnds, ends }) => [body, bodyEnds, ends]), [['hel', 0, 1]])
})

test('what comes as a body after the response, and is none, ends the connection', async (t) => {
  const { client, heard } = await startListener(t, (one) => { one.answer('early') })
  const end = await client(`${post}Transfer-Encoding: chunked\r\n\r\n`)
  await end.hears('early')
  end.say(`xyz\r\n${next}`)
  await end.hearsTheEnd()
  assert.deepEqual([heard.length, heard[0]?.error], [1, undefined])
})
