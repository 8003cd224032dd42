import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settled, until } from '../helpers/until.ts'
import { echo, holds, startListener } from '../helpers/listener.ts'

const get = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'
const chunks = '3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nX-T: u\r\n\r\n'
const last = 'GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'

test('a connection is kept for the next request, and its client is told how long', async (t) => {
  const { client, heard } = await startListener(t, echo)
  const end = await client(get)
  const kept = 'Connection: keep-alive\r\nKeep-Alive: timeout=72\r\n'
  assert.equal(await end.hears('GET /\n'), `HTTP/1.1 200 Fine\r\nContent-Length: 6\r\n${kept}\r\nGET /\n`)
  end.forget()
  end.say(last)
  assert.match(await end.hearsTheEnd(), /^HTTP\/1\.1 200 Fine\r\nContent-Length: 10\r\nConnection: close\r\n\r\nGET \/last\n$/)
  assert.deepEqual(heard.map(({ ends }) => ends), [1, 1])
})

test('an idle connection is closed after its time, and not before', async (t) => {
  const { client, clock, listener } = await startListener(t, echo, { keepAliveTimeoutMs: 5000 })
  const end = await client(get)
  await end.hears('GET /\n')
  clock.advance(4999)
  assert.equal(listener.idle, 1)
  end.forget()
  end.say(get)
  await end.hears('GET /\n')
  clock.advance(4999)
  clock.advance(1)
  await end.hearsTheEnd()
  await until('the connection to be forgotten', () => listener.idle === 0)
})

test('an idle time of 0 is none, and of less than a second is not told', async (t) => {
  const { client, clock, listener } = await startListener(t, echo, { keepAliveTimeoutMs: 0 })
  const end = await client(get)
  assert.match(await end.hears('GET /\n'), /Content-Length: 6\r\nConnection: keep-alive\r\n\r\n/)
  clock.advance(1e9)
  assert.equal(listener.idle, 1)
})

test('a pipeline is answered in its order, one request at a time', async (t) => {
  const { client, heard } = await startListener(t, holds)
  const post = 'POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi'
  const end = await client(`GET /1 HTTP/1.1\r\nHost: h\r\n\r\n${post}GET /3 HTTP/1.1\r\nHost: h\r\n\r\n`)
  for (let i = 0; i < 3; i++) {
    const one = await until(`request ${i + 1}`, () => heard[i])
    assert.equal(heard.length, i + 1)
    assert.equal(one.exchange.head.target, `/${i + 1}`)
    one.exchange.readBody()
    one.answer(`answer ${i + 1}`)
    await end.hears(`answer ${i + 1}`)
  }
  assert.equal(heard[1]?.body, 'hi')
})

test('a pipeline of 10 000 requests that are answered at once is answered whole', async (t) => {
  const { client, heard } = await startListener(t, echo)
  const targets = Array.from({ length: 10_000 }, (_, i) => `/${i}`)
  const end = await client(targets.map((target) => `GET ${target} HTTP/1.1\r\nHost: h\r\n\r\n`).join('') + last)
  const received = await end.hearsTheEnd()
  assert.deepEqual(received.match(/^GET \/\S+$/gm), [...targets.map((target) => `GET ${target}`), 'GET /last'])
  assert.equal(heard.length, 10_001)
})

test('a pipeline is not read on while a request is in flight', async (t) => {
  const { client, heard, listener } = await startListener(t, holds)
  let read = (): number => 0
  listener.on('connection', (socket) => { read = () => socket.bytesRead })
  const end = await client(get)
  const first = await until('the request', () => heard[0])
  for (let i = 0; i < 2000; i++) end.say(`GET /next HTTP/1.1\r\nHost: h\r\nX: ${'x'.repeat(8000)}\r\n\r\n`)
  await until('the kernel to be full', () => end.socket.writableLength > 0)
  assert.ok(read() < 4 * 65_536, `${read()} bytes were read`)
  assert.equal(heard.length, 1)
  first.answer('first')
  for (let i = 1; i <= 2000; i++) (await until(`request ${i}`, () => heard[i])).answer(`answer ${i};`)
  await end.hears('answer 2000;')
})

for (const [what, bytes] of Object.entries({
  'without a body': 'GET /a HTTP/1.1\r\nHost: h\r\nX-A: b\r\nConnection: close\r\n\r\n',
  'with a length': 'POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello',
  'in chunks': `POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunks}`
})) {
  test(`a request ${what} is the same however it is cut`, async (t) => {
    const { client, heard } = await startListener(t, echo)
    for (let i = 1; i < bytes.length; i++) {
      const end = await client()
      end.socket.setNoDelay(true)
      end.say(bytes.slice(0, i))
      await settled()
      end.say(bytes.slice(i))
      assert.match(await end.hearsTheEnd(), /^HTTP\/1\.1 200 Fine\r\n[^]*\r\n\r\n(?:GET \/a|POST \/a hello)\n$/)
    }
    assert.equal(heard.length, bytes.length - 1)
    for (const { trailers } of heard) assert.equal(trailers?.get('x-t'), what === 'in chunks' ? 'u' : undefined)
  })

  test(`a request ${what} may come in single bytes`, async (t) => {
    const { client } = await startListener(t, echo)
    const end = await client()
    end.socket.setNoDelay(true)
    for (const byte of bytes) {
      end.say(byte)
      await settled()
    }
    assert.match(await end.hearsTheEnd(), /\n$/)
  })
}

test('empty lines between requests are skipped', async (t) => {
  const { client } = await startListener(t, echo)
  const end = await client(`\r\n${get}\r\n\r\n${last}`)
  assert.equal((await end.hearsTheEnd()).match(/HTTP\/1\.1 200/g)?.length, 2)
})

test('the peer is known, and stays known', async (t) => {
  const { client, heard } = await startListener(t, holds, { trust: () => true })
  const end = await client(get)
  const { exchange } = await until('the request', () => heard[0])
  const { peer } = exchange.connection
  assert.deepEqual([peer.address, peer.isTrusted, peer.isSecure], ['127.0.0.1', true, false])
  end.socket.destroy()
  await until('the client to have left', () => heard[0]?.ends)
  assert.equal(exchange.connection.peer.address, '127.0.0.1')
})
