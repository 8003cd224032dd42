import assert from 'node:assert/strict'
import { ServerResponse, type RequestListener } from 'node:http'
import { Readable, finished, pipeline } from 'node:stream'
import { test } from 'node:test'
import { onBothServers, sameOnBothServers, type Note } from '../helpers/both-servers.ts'

const get = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
const head = get.replace('GET', 'HEAD')

/** What listeners answer, and how many bytes of body must come: the same as from node:http. */
const answers: Array<[name: string, answer: (res: ServerResponse, note: Note) => void, body: string]> = [
  ['end with a body', (res) => { res.end('body') }, 'body'],
  ['end without one', (res) => { res.end() }, ''],
  ['a status, a reason and headers', (res) => { res.writeHead(201, 'Made', { 'X-A': '1', 'x-b': ['2', '3'], 'Content-Length': 4 }).end('made') }, 'made'],
  ['headers as a list', (res) => { res.writeHead(200, ['X-A', '1', 'X-A', '2', 'Content-Length', '1']).end('a') }, 'a'],
  ['setHeader, appendHeader, removeHeader', (res, note) => {
    res.setHeader('X-A', 'a').setHeader('X-B', 2).setHeader('X-Gone', '')
    res.appendHeader('x-a', 'b').appendHeader('X-C', ['c', 'd']).removeHeader('x-gone')
    note(res.getHeader('x-A'), res.getHeaders(), res.getHeaderNames(), res.hasHeader('X-GONE'))
    res.end('a')
  }, 'a'],
  ['setHeaders of Headers and of a Map', (res, note) => {
    const headers = new Headers({ a: '1' })
    headers.append('set-cookie', 'x=1')
    headers.append('set-cookie', 'y=2')
    res.setHeaders(headers).setHeaders(new Map([['b', '2']]))
    note(res.getHeaders())
    res.end()
  }, ''],
  ['writeHead over setHeader', (res) => { res.setHeader('x-a', '1').setHeader('x-b', '2').writeHead(200, { 'x-a': '3', 'content-length': 0 }).end() }, ''],
  ['a body in pieces', (res) => {
    res.write('one ')
    res.write(Buffer.from('two '), () => { res.end('three') })
  }, 'one two three'],
  ['pieces with a length', (res) => {
    res.setHeader('content-length', 6)
    res.write('abc')
    setImmediate(() => { res.end('def') })
  }, 'abcdef'],
  ['encodings', (res) => {
    res.write('4242', 'hex')
    res.end('\xe9', 'latin1')
  }, 'BB\xe9'],
  ['a body in UTF-8', (res) => { res.end('\u00e9\u20ac') }, '\xc3\xa9\xe2\x82\xac'],
  ['a Uint8Array', (res) => { res.end(new Uint8Array([65, 66])) }, 'AB'],
  ['no content', (res) => { res.writeHead(204).end() }, ''],
  ['not modified', (res) => { res.writeHead(304, { etag: '"a"' }).end() }, ''],
  ['trailers', (res) => {
    res.setHeader('Trailer', 'X-Sum')
    res.write('body')
    res.addTrailers({ 'X-Sum': '1' })
    res.end()
  }, 'body'],
  ['Connection: close by hand', (res) => { res.setHeader('Connection', 'close').end('a') }, 'a'],
  ['no date', (res) => {
    res.sendDate = false
    res.end('a')
  }, 'a'],
  ['a large body', (res) => { res.end('x'.repeat(3_000_000)) }, 'x'.repeat(3_000_000)],
  ['a stream', (res) => { Readable.from([Buffer.from('a'), Buffer.from('b')]).pipe(res) }, 'ab'],
  ['a stream by pipeline', (res, note) => { pipeline(Readable.from(['a', 'b']), res, (error) => { note('pipeline', error ?? 'done') }) }, 'ab'],
  ['finished', (res, note) => {
    finished(res, (error) => { note('finished', error ?? 'done') })
    res.end('a')
  }, 'a'],
  ['corked pieces', (res) => {
    res.cork()
    res.write('a')
    res.write('b')
    res.uncork()
    res.end('c')
  }, 'abc'],
  ['flushHeaders', (res, note) => {
    res.flushHeaders()
    note(res.headersSent)
    setImmediate(() => { res.end('a') })
  }, 'a'],
  ['a status that is set', (res) => {
    res.statusCode = 404
    res.statusMessage = 'Gone Fishing'
    res.end('a')
  }, 'a'],
  ['an unknown status', (res) => {
    res.statusCode = 599
    res.end('a')
  }, 'a'],
  ['names and values that cannot be sent', (res, note) => {
    for (const [name, value] of [['a b', '1'], ['', '1'], ['a', 'x\r\ny'], ['a', undefined], ['a', '\u20ac']]) {
      try {
        res.setHeader(name as string, value as string)
        note('set')
      } catch (error) { note(error) }
    }
    try { res.writeHead(99) } catch (error) { note(error) }
    try { res.writeHead(200, 'a\nb') } catch (error) { note(error) }
    res.statusMessage = 'OK'
    res.end()
  }, ''],
  ['headers after the head', (res, note) => {
    res.writeHead(200, { 'content-length': 0 })
    for (const late of [() => res.setHeader('a', '1'), () => { res.removeHeader('a') }, () => res.writeHead(200), () => res.appendHeader('a', '1')]) {
      try {
        late()
        note('no error')
      } catch (error) { note(error) }
    }
    res.end()
  }, '']
]

for (const [name, answer, body] of answers) {
  test(`${name}: the response and its events are those of node:http`, async (t) => {
    const behaviour = (note: Note): RequestListener => (req, res) => {
      for (const event of ['finish', 'close']) res.on(event, () => { note(event, res.writableFinished) })
      answer(res, note)
    }
    const { responses, notes } = await sameOnBothServers(t, behaviour, get)
    assert.equal(responses.length, 1)
    assert.equal(responses[0]?.body, body)
    assert.equal(responses[0].isCut, false)
    assert.ok(notes.includes('finish true') && notes.includes('close true'), notes.join())
  })

  // Which node:http refuses there.
  if (name !== 'trailers') {
    test(`${name}: HEAD has the headers of node:http, and no body`, async (t) => {
      const { responses } = await sameOnBothServers(t, (note) => (_req, res) => { answer(res, note) }, head)
      assert.equal(responses.length, 1)
    })
  }
}

test('what Node learns only after its head, the listener still tells: the length of a body that is whole', async (t) => {
  const { node, listener } = await onBothServers(t, () => (_req, res) => { res.writeHead(200).end('whole') }, get)
  assert.deepEqual([node.responses[0]?.framing, listener.responses[0]?.framing], ['chunked', 'length'])
  assert.equal(listener.responses[0]?.body, 'whole')
})

test('informational responses go before the final one', async (t) => {
  const { responses, notes } = await sameOnBothServers(t, (note) => (_req, res) => {
    res.writeProcessing()
    res.writeEarlyHints({ link: '</a.css>; rel=preload', 'x-b': '1' }, () => { note('hinted') })
    setImmediate(() => { res.end('a') })
  }, get)
  assert.deepEqual(responses.map(({ status }) => status), ['HTTP/1.1 102 Processing', 'HTTP/1.1 103 Early Hints', 'HTTP/1.1 200 OK'])
  assert.deepEqual(notes, ['hinted'])
})

test('callbacks of write and end are called', async (t) => {
  const { responses, notes } = await sameOnBothServers(t, (note) => (_req, res) => {
    res.write('a', () => { note('written') })
    res.end('b', () => { note('ended', res.writableFinished) })
    note(res.writableEnded, res.finished)
  }, get)
  assert.deepEqual([responses[0]?.body, notes], ['ab', ['true true', 'written', 'ended true']])
})

test('a write after the end is an error for those who listen, and nothing else', async (t) => {
  const { node, listener } = await onBothServers(t, (note) => (_req, res) => {
    res.on('error', (error) => { note('error', error) })
    res.end('a')
    res.write('b', (error) => { note('callback', error ?? 'none') })
  }, get)
  assert.deepEqual(listener, node)
  const { listener: unheard } = await onBothServers(t, () => (_req, res) => {
    res.end('a')
    if (!(res instanceof ServerResponse)) (res as ServerResponse).write('b')
  }, get)
  assert.equal(unheard.responses[0]?.body, 'a')
})

test('a response that is destroyed is cut, and never finishes', async (t) => {
  const { responses, notes } = await sameOnBothServers(t, (note) => (_req, res) => {
    for (const event of ['finish', 'close', 'error']) res.on(event, () => { note(event) })
    res.write('half')
    setTimeout(() => { res.destroy(new Error('no more')) }, 20)
  }, get)
  assert.equal(responses[0]?.isCut, true)
  assert.ok(!notes.includes('finish') && notes.includes('close'))
})

test('a body that is shorter than announced is cut, and one that is longer ends where it must', async (t) => {
  const { listener: short } = await onBothServers(t, () => (_req, res) => { res.writeHead(200, { 'content-length': 9 }).end('short') }, get)
  assert.ok(short.responses.every(({ isCut }) => isCut))
  const { listener: long } = await onBothServers(t, () => (_req, res) => { res.writeHead(200, { 'content-length': 2 }).end('long') }, get)
  assert.deepEqual([long.responses[0]?.body, long.responses.length], ['lo', 1])
})

test('a slow reader holds the writer', async (t) => {
  const piece = Buffer.alloc(65_536)
  const { notes } = await sameOnBothServers(t, (note) => (_req, res) => {
    let written = 0
    res.writeHead(200, { 'content-length': 400 * piece.length })
    function write (): void {
      while (written < 400) {
        written++
        if (!res.write(piece) && written < 400) {
          res.once('drain', write)
          return
        }
      }
      res.end()
    }
    write()
    setTimeout(() => { note(written > 0 && written < 390 ? 'held' : `written ${written}`) }, 100)
  }, (socket) => {
    socket.pause()
    socket.write(get)
    setTimeout(() => { socket.resume() }, 200)
  })
  assert.deepEqual(notes, ['held'])
})
