import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fields } from '../../src/http/fields.ts'
import { startListener, type Heard } from '../helpers/listener.ts'
import { until } from '../helpers/until.ts'

const kept = 'Connection: keep-alive\r\nKeep-Alive: timeout=72\r\n'
const get = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'
const get10 = 'GET / HTTP/1.0\r\n\r\n'

function request (method: string): string {
  return `${method} / HTTP/1.1\r\nHost: h\r\n\r\n`
}

/** How a response is given, and how it goes out for which request. */
const responses: Record<string, { request?: string, give: (heard: Heard) => void, bytes: string, isLast?: boolean }> = {
  'a body of known length': {
    give: ({ exchange }) => {
      exchange.begin(201, 'Made', 'X-A: b\r\nContent-Length: 6\r\n', 6)
      exchange.write(Buffer.from('one'))
      exchange.write(Buffer.from('two'))
      exchange.end('X-T: u\r\n')
    },
    bytes: `HTTP/1.1 201 Made\r\nX-A: b\r\nContent-Length: 6\r\n${kept}\r\nonetwo`
  },
  'a body of unknown length, with trailers': {
    give: ({ exchange }) => {
      exchange.begin(200, 'OK', '', -1)
      exchange.write(Buffer.from('one'))
      exchange.write(Buffer.from('two'))
      exchange.flush()
      exchange.write(Buffer.from('three'))
      exchange.end('X-T: u\r\n')
    },
    bytes: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${kept}\r\n6\r\nonetwo\r\n5\r\nthree\r\n0\r\nX-T: u\r\n\r\n`
  },
  'a head that is flushed before its body': {
    give: ({ exchange }) => {
      exchange.begin(200, 'OK', '', -1)
      exchange.flush()
      exchange.end('')
    },
    bytes: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${kept}\r\n0\r\n\r\n`
  },
  'an empty reason and bytes beyond ASCII': {
    give: ({ exchange }) => {
      exchange.begin(200, '', 'X-A: \xe9\xff\r\nContent-Length: 1\r\n', 1)
      exchange.write(Buffer.from('\xe9', 'latin1'))
      exchange.end('')
    },
    bytes: `HTTP/1.1 200 \r\nX-A: \xe9\xff\r\nContent-Length: 1\r\n${kept}\r\n\xe9`
  },
  'HEAD, for which no body goes out': {
    request: request('HEAD'),
    give: ({ exchange }) => {
      exchange.begin(200, 'OK', 'Content-Length: 5\r\n', 0)
      exchange.write(Buffer.from('hello'))
      exchange.end('')
    },
    bytes: `HTTP/1.1 200 OK\r\nContent-Length: 5\r\n${kept}\r\n`
  },
  'a 304, whose length is that of another response': {
    give: ({ exchange }) => {
      exchange.begin(304, 'Not Modified', 'Content-Length: 5\r\n', -1)
      exchange.write(Buffer.from('hello'))
      exchange.end('X-T: u\r\n')
    },
    bytes: `HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n${kept}\r\n`
  },
  'more than was announced': {
    give: ({ exchange }) => {
      exchange.begin(200, 'OK', 'Content-Length: 5\r\n', 5)
      exchange.write(Buffer.from('hel'))
      exchange.write(Buffer.from('lo, HTTP/1.1 200 OK'))
      exchange.write(Buffer.from('more'))
      exchange.end('')
    },
    bytes: `HTTP/1.1 200 OK\r\nContent-Length: 5\r\n${kept}\r\nhello`
  },
  'informational responses before it, without what is of another hop': {
    give: (heard) => {
      const fields = Fields.from(['Link', '</a>', 'Connection', 'x-b', 'X-B', '1', 'Keep-Alive', '5', 'Content-Length', '5'])
      heard.exchange.inform({ statusCode: 103, reason: 'Early Hints', fields })
      heard.exchange.inform({ statusCode: 100, reason: 'Continue', fields })
      heard.answer('')
    },
    bytes: `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 Fine\r\nContent-Length: 0\r\n${kept}\r\n`
  },
  'a response that is the last one': {
    give: (heard) => {
      heard.exchange.isLast = true
      heard.answer('bye')
    },
    bytes: 'HTTP/1.1 200 Fine\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbye',
    isLast: true
  },
  'HTTP/1.0': { request: get10, give: (heard) => { heard.answer('old') }, bytes: 'HTTP/1.1 200 Fine\r\nContent-Length: 3\r\nConnection: close\r\n\r\nold', isLast: true },
  'HTTP/1.0 that asks to keep the connection': {
    request: 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
    give: (heard) => { heard.answer('old') },
    bytes: `HTTP/1.1 200 Fine\r\nContent-Length: 3\r\n${kept}\r\nold`
  },
  'HTTP/1.0 and a body of unknown length': {
    request: 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
    give: ({ exchange }) => {
      exchange.inform({ statusCode: 103, reason: 'Early Hints', fields: Fields.none })
      exchange.begin(200, 'OK', '', -1)
      exchange.write(Buffer.from('one'))
      exchange.flush()
      exchange.write(Buffer.from('two'))
      exchange.end('X-T: u\r\n')
    },
    bytes: 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nonetwo',
    isLast: true
  }
}

for (const [what, { request = get, give, bytes, isLast = false }] of Object.entries(responses)) {
  test(`response: ${what}`, async (t) => {
    const { client, heard } = await startListener(t, give)
    const end = await client(request)
    if (isLast) {
      assert.equal(await end.hearsTheEnd(), bytes)
    } else {
      assert.equal(await end.hears(bytes), bytes)
      end.say('GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
      assert.ok((await end.hearsTheEnd()).startsWith(`${bytes}HTTP/1.1 `))
    }
    assert.deepEqual(heard.map(({ ends, thrown }) => [ends, thrown]), heard.map(() => [1, []]))
  })
}

for (const request of [get, get10]) {
  test(`a body that is shorter than announced does not look whole: ${request.slice(6, 14)}`, async (t) => {
    const { client, heard } = await startListener(t, ({ exchange }) => {
      exchange.begin(200, 'OK', 'Content-Length: 5\r\n', 5)
      exchange.write(Buffer.from('hel'))
      exchange.flush()
      exchange.end('')
    })
    const end = await client(request)
    const heardAll = await end.hearsTheEnd()
    assert.ok(heardAll === '' || heardAll.endsWith('\r\n\r\nhel'), heardAll)
    await until('the end', () => heard[0]?.ends === 1)
  })
}

for (const bytes of [100, 16_384, 16_385, 1_000_000]) {
  for (const length of [bytes, -1]) {
    test(`a body of ${bytes} bytes in 1, 3 and 20 pieces${length === -1 ? ', in chunks' : ''}`, async (t) => {
      const body = Buffer.alloc(bytes, 'abcdefghij\xe9', 'latin1')
      let count = 1
      const { client } = await startListener(t, ({ exchange }) => {
        exchange.begin(200, 'OK', length === -1 ? '' : `Content-Length: ${length}\r\n`, length)
        const size = Math.ceil(bytes / count)
        for (let at = 0; at < bytes; at += size) exchange.write(body.subarray(at, at + size))
        if (count === 3) exchange.flush()
        exchange.end('')
      })
      const end = await client()
      for (count of [1, 3, 20]) {
        end.forget()
        end.say(get)
        const framed = length === -1 ? `${bytes.toString(16)}\r\n${body.toString('latin1')}\r\n0\r\n\r\n` : body.toString('latin1')
        await until('the whole', () => end.heard().endsWith(framed.slice(-2000)) && end.heard().length >= framed.length)
        assert.equal(end.heard().slice(end.heard().indexOf('\r\n\r\n') + 4), framed)
      }
    })
  }
}

test('the end of an exchange, and its drain, wait for a client that reads slowly', async (t) => {
  const piece = Buffer.alloc(1_000_000)
  const { client, heard } = await startListener(t, ({ exchange }) => { exchange.begin(200, 'OK', '', -1) })
  const end = await client()
  end.socket.pause()
  end.say(get)
  const one = await until('the request', () => heard[0])
  const { exchange } = one
  let pieces = 0
  do {
    exchange.write(piece)
    pieces++
  } while (exchange.flush())
  assert.ok(exchange.unsentBytes > 0)
  assert.deepEqual([one.drains, one.ends, exchange.isEnded], [0, 0, false])
  end.socket.resume()
  await until('the drain', () => one.drains)
  end.socket.pause()
  while (exchange.unsentBytes < 16_384) {
    exchange.write(piece)
    pieces++
    exchange.flush()
  }
  exchange.end('')
  assert.equal(one.ends, 0)
  end.socket.resume()
  await until('the end', () => one.ends === 1)
  assert.equal(exchange.unsentBytes, 0)
  await until('all of it', () => end.heard().length > pieces * piece.length && end.heard().endsWith('0\r\n\r\n'))
})

test('an exchange that is over takes no more', async (t) => {
  const { client, heard } = await startListener(t, (one) => { one.answer('first') })
  const end = await client(get)
  await end.hears('first')
  const { exchange } = heard[0] as Heard
  exchange.begin(200, 'OK', '', -1)
  exchange.write(Buffer.from('second'))
  assert.equal(exchange.flush(), true)
  exchange.end('')
  exchange.reset('cut')
  exchange.readBody()
  exchange.discardBody()
  exchange.inform({ statusCode: 103, reason: '', fields: Fields.none })
  end.say('GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
  assert.doesNotMatch(await end.hearsTheEnd(), /second/)
  assert.equal(heard[0]?.ends, 1)
})
