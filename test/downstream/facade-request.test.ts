import assert from 'node:assert/strict'
import type { IncomingMessage, RequestListener } from 'node:http'
import { PassThrough, Readable, finished, pipeline } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { onBothServers, sameOnBothServers, type Note } from '../helpers/both-servers.ts'

/** Notes how the request went on, beside what `read` notes. */
function noting (read: (req: IncomingMessage, note: Note, done: () => void) => void): (note: Note) => RequestListener {
  return (note) => (req, res) => {
    for (const event of ['aborted', 'end', 'close']) req.on(event, () => { note(event, req.aborted, req.complete, req.destroyed) })
    read(req, note, () => { res.end('done') })
  }
}

test('all that a head says is shown as by node:http', async (t) => {
  const fields = [
    'Host: a', 'X-One: 1', 'x-one: 2', 'Cookie: a=1', 'Cookie: b=2', 'Set-Cookie: c', 'Set-Cookie: d', 'User-Agent: u', 'User-Agent: v', 'Accept: x', 'accept: y',
    'X-Latin: caf\xe9', 'X-Blank:   \t v \t ', 'X-Empty:', 'constructor: k', 'constructor: l', '__proto__: p', 'Age: 1', 'Age: 2', 'Date: x', 'Date: y', 'Connection: close'
  ]
  for (const line of ['GET /a/b?c=%20d HTTP/1.1', 'DELETE /x HTTP/1.0', 'OPTIONS * HTTP/1.1']) {
    const { node, listener: { notes } } = await onBothServers(t, (note) => (req, res) => {
      const { method, url, httpVersion, httpVersionMajor, httpVersionMinor, headers, rawHeaders, headersDistinct, rawTrailers, complete, statusCode, aborted } = req
      note({ method, url, httpVersion, httpVersionMajor, httpVersionMinor, headers, rawHeaders, rawTrailers, statusCode, aborted }, Object.entries(headersDistinct))
      note(req.headers === headers, req.socket.remoteAddress, req.connection === req.socket, req.readable, typeof complete)
      res.end()
    }, `${line}\r\n${fields.join('\r\n')}\r\n\r\n`)
    assert.deepEqual(notes, node.notes)
    assert.match(notes[0] ?? '', /caf\xe9/)
  }
})

const post = (body: string): string => `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`
const chunked = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n4\r\nbody\r\n0\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n'

const readers: Array<[name: string, read: (req: IncomingMessage, note: Note, done: () => void) => void]> = [
  ['by events', (req, note, done) => {
    let body = ''
    req.on('data', (piece: Buffer) => { body += piece.toString() })
    req.on('end', () => {
      note(body)
      done()
    })
  }],
  ['as text', (req, note, done) => {
    req.setEncoding('utf8')
    req.on('data', (piece) => { note(typeof piece, piece) })
    req.on('end', done)
  }],
  ['by for await', (req, note, done) => { void text(req).then((body) => { note(body) }).then(done) }],
  ['by pipe', (req, note, done) => {
    const through = new PassThrough()
    req.pipe(through)
    void text(through).then((body) => { note(body) }).then(done)
  }],
  ['by pipeline', (req, note, done) => {
    const through = new PassThrough()
    pipeline(req, through, (error) => { note('pipeline', error ?? 'done') })
    void text(through).then((body) => { note(body) }).then(done)
  }],
  ['as a web stream', (req, note, done) => { void new Response(Readable.toWeb(req) as never).text().then((body) => { note(body) }).then(done) }],
  ['by read', (req, note, done) => {
    let body = ''
    req.on('readable', () => { for (let piece: Buffer | null; (piece = req.read() as Buffer | null) !== null;) body += piece.toString() })
    req.on('end', () => {
      note(body)
      done()
    })
  }],
  ['late', (req, note, done) => { setTimeout(() => { void text(req).then((body) => { note(body) }).then(done) }, 20) }],
  ['to its end, with finished', (req, note, done) => {
    finished(req, (error) => { note('finished', error ?? 'done') })
    req.resume().on('end', done)
  }]
]

for (const [name, read] of readers) {
  test(`a body is read ${name} as from node:http`, async (t) => {
    for (const request of [post('a body'), post(''), chunked, post('x'.repeat(50_000))]) {
      const { responses, notes } = await sameOnBothServers(t, noting(read), request)
      assert.equal(responses[0]?.body, 'done')
      assert.ok(notes.some((each) => each.startsWith('end false true')), notes.join())
    }
  })
}

test('trailers are there when the body has ended', async (t) => {
  const { notes } = await sameOnBothServers(t, noting((req, note, done) => {
    note(req.trailers)
    req.resume().on('end', () => {
      note(req.trailers, req.rawTrailers, Object.entries(req.trailersDistinct))
      done()
    })
  }), chunked)
  assert.ok(notes.some((each) => each.includes('"x-sum":"1, 2"')))
})

test('a body that nobody reads is no hindrance', async (t) => {
  const { responses, notes } = await sameOnBothServers(t, (note) => (req, res) => {
    res.on('close', () => { note('response closed', req.aborted) })
    res.end('done')
  }, post('x'.repeat(50_000)))
  assert.equal(responses[0]?.body, 'done')
  assert.deepEqual(notes, ['response closed false'])
})

test('a request without a body is over when its response has left, for those who wait for that', async (t) => {
  const { notes } = await sameOnBothServers(t, noting((req, note, done) => {
    finished(req, (error) => { note('finished', error ?? 'done') })
    done()
  }), 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  assert.ok(notes.includes('finished done'))
})

const leavers: Array<[name: string, request: string, read: (req: IncomingMessage) => void]> = [
  ['before it is answered', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', () => {}],
  ['within its body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf', (req) => { req.resume() }],
  ['within a body that nobody reads', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf', () => {}],
  ['after its body', post('whole').replace('Connection: close\r\n', ''), (req) => { req.resume() }]
]
for (const [name, request, read] of leavers) {
  for (const listens of [true, false]) {
    test(`a client that leaves ${name} is told of as by node:http, ${listens ? 'with' : 'without'} a listener for errors`, async (t) => {
      const { notes } = await sameOnBothServers(t, (note) => (req, res) => {
        for (const event of ['aborted', 'end', 'close']) req.on(event, () => { note(event, req.aborted, req.complete, req.destroyed) })
        if (listens) req.on('error', (error) => { note('error', error) })
        for (const event of ['finish', 'close', 'error']) res.on(event, () => { note(`response ${event}`, res.writableFinished, res.destroyed) })
        read(req)
      }, (socket) => {
        socket.write(request)
        setTimeout(() => { socket.resetAndDestroy() }, 50)
      })
      assert.ok(notes.some((each) => each.startsWith('response close false')), notes.join())
    })
  }
}

test('a request that is destroyed takes its connection with it', async (t) => {
  const { responses, notes } = await sameOnBothServers(t, (note) => (req) => {
    for (const event of ['aborted', 'close']) req.on(event, () => { note(event, req.destroyed) })
    req.on('error', (error) => { note('error', error) })
    req.destroy(new Error('unwanted'))
  }, post('body'))
  assert.deepEqual(responses, [])
  assert.ok(notes.includes('error Error(unwanted)'))
})

test('a reader that pauses holds the client', async (t) => {
  const { notes } = await onBothServers(t, (note) => (req, res) => {
    let received = 0
    req.on('data', (piece: Buffer) => { received += piece.length })
    req.pause()
    setTimeout(() => {
      note(received === 0 && (req.socket.bytesRead < 6_000_000) ? 'held' : `read ${req.socket.bytesRead}`)
      req.resume()
    }, 100)
    req.on('end', () => { res.end(String(received)) })
  }, (socket) => {
    socket.write(post('x'.repeat(20_000_000)))
  }).then(({ listener }) => listener)
  assert.deepEqual(notes, ['held'])
})

test('a malformed body is an error of its request, which can still be answered', async (t) => {
  const { listener } = await onBothServers(t, (note) => (req, res) => {
    req.on('error', (error) => {
      note('error', (error as { statusCode?: number }).statusCode)
      if (!res.writableEnded) res.writeHead(400).end('malformed')
    })
    req.resume()
  }, 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n')
  assert.deepEqual([listener.responses[0]?.body, listener.responses[0]?.keeps, listener.notes], ['malformed', false, ['error 400']])
})

test('setTimeout tells of a client that is silent, and cuts the connection where nobody listens', async (t) => {
  const request = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf'
  const { notes } = await sameOnBothServers(t, (note) => (req, res) => {
    req.setTimeout(30, () => {
      note('timeout')
      res.writeHead(408, { connection: 'close', 'content-length': 0 }).end()
    })
  }, request)
  assert.deepEqual(notes, ['timeout'])
  const { responses } = await sameOnBothServers(t, () => (req) => { req.setTimeout(30) }, request)
  assert.deepEqual(responses, [])
})
