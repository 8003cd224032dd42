import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageError } from '../../src/http1/message-error.ts'
import { ResponseParser, type ResponseHandler } from '../../src/http1/response-parser.ts'
import { acceptedHeads } from './response-parser-cases.ts'
import { acceptedExchanges } from './response-parser-connection-cases.ts'
import { refusedCases } from './response-parser-refusals.ts'
import { byteByByte, record, splitAt, type Exchange } from './response-recorder.ts'

const hello = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 'latin1')

function silentHandler (overrides: Partial<ResponseHandler> = {}): ResponseHandler {
  return { onInformational () {}, onHead () {}, onBody () {}, onComplete () {}, ...overrides }
}

/** However the network cuts the bytes, they mean the same. */
function assertSplitsAgree (bytes: Buffer, exchange: Exchange): void {
  const whole = record([bytes], exchange)
  assert.deepEqual(record(byteByByte(bytes), exchange), whole, 'byte by byte')
  for (let position = 0; position < bytes.length; position++) {
    assert.deepEqual(record(splitAt(bytes, position), exchange), whole, `split at ${position}`)
  }
}

for (const {
  name,
  bytes: text,
  head,
  informational = [],
  body = '',
  trailers = null,
  end = 'complete',
  rest = '',
  ...exchange
} of [...acceptedHeads, ...acceptedExchanges]) {
  test(`accepts ${name}`, () => {
    const bytes = Buffer.from(text, 'latin1')
    const outcome = record([bytes], exchange)
    assert.deepEqual(
      { end: outcome.end, body: outcome.body, trailers: outcome.trailers, rest: text.slice(outcome.consumed) },
      { end, body, trailers, rest }
    )
    assert.deepEqual(
      outcome.informational.map(({ statusCode }) => statusCode),
      informational
    )
    if (head !== undefined) assert.deepEqual({ ...outcome.head, ...head }, outcome.head)
    assertSplitsAgree(bytes, exchange)
  })
}

for (const { name, bytes: text, error, body = '', ...exchange } of refusedCases) {
  test(`refuses ${name}`, () => {
    const bytes = Buffer.from(text, 'latin1')
    const outcome = record([bytes], exchange)
    assert.deepEqual({ end: outcome.end, body: outcome.body }, { end: error, body })
    assertSplitsAgree(bytes, exchange)
  })
}

test('reads one exchange after the other', () => {
  const parser = new ResponseParser()
  for (const method of ['GET', 'HEAD', 'GET']) {
    const bytes = method === 'HEAD' ? hello.subarray(0, -5) : hello
    parser.begin(method, silentHandler(), false)
    assert.deepEqual([parser.hasStarted, parser.head !== null, parser.isComplete], [false, false, false])
    assert.equal(parser.execute(bytes.subarray(0, 20)), 20)
    assert.deepEqual([parser.hasStarted, parser.head !== null, parser.isComplete], [true, false, false])
    assert.equal(parser.execute(bytes.subarray(20)), bytes.length - 20)
    assert.deepEqual([parser.hasStarted, parser.head !== null, parser.isComplete], [true, true, true])
    parser.finish()
  }
})

test('reads one chunked body after the other', () => {
  const parser = new ResponseParser()
  const bytes = Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n!\r\n0\r\nA: b\r\n\r\n', 'latin1')
  const plain = Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n!\r\n0\r\n\r\n', 'latin1')
  const seen: string[][] = []
  for (const response of [bytes, plain]) {
    parser.begin('GET', silentHandler({ onComplete: (trailers) => seen.push(trailers.toRaw()) }), false)
    assert.equal(parser.execute(response), response.length)
  }
  assert.deepEqual(seen, [['A', 'b'], []])
})

test('counts extensions and informational responses anew for each response', () => {
  const parser = new ResponseParser({ maxChunkExtensionBytes: 4, maxInformational: 1 })
  const bytes = Buffer.from('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0;a\r\n\r\n', 'latin1')
  for (let i = 0; i < 2; i++) {
    parser.begin('GET', silentHandler(), false)
    assert.equal(parser.execute(bytes), bytes.length)
    assert.equal(parser.isComplete, true)
  }
})

test('consumes nothing that no request was sent for', () => {
  const parser = new ResponseParser()
  assert.equal(parser.execute(hello), 0)
  parser.finish()
  parser.begin('GET', silentHandler(), false)
  parser.execute(hello)
  assert.equal(parser.execute(hello), 0)
})

test('hands out views of the bytes, no copies', () => {
  const parser = new ResponseParser()
  const pieces: Buffer[] = []
  parser.begin('GET', silentHandler({ onBody: (piece) => pieces.push(piece) }), false)
  const first = hello.subarray(0, -2)
  const second = Buffer.from('lo')
  parser.execute(first)
  parser.execute(second)
  assert.equal(pieces[0]?.buffer, first.buffer)
  assert.equal(pieces[1], second)
})

test('refuses another exchange before this one is over, and from within a handler', () => {
  const parser = new ResponseParser()
  const again = (): void => parser.begin('GET', silentHandler(), false)
  parser.begin('GET', silentHandler(), false)
  assert.throws(again, /not read to its end/)
  parser.execute(hello)
  parser.begin('GET', silentHandler({ onComplete: again }), false)
  assert.throws(() => parser.execute(hello), /not read to its end/)
  assert.throws(again, /not read to its end/)
})

test('is of no more use once it has thrown', () => {
  const parser = new ResponseParser()
  parser.begin('GET', silentHandler(), false)
  assert.throws(() => parser.execute(Buffer.from('nonsense')), { code: 'invalid-status-line' })
  assert.equal(parser.execute(hello), 0)
  parser.finish()
  assert.throws(() => parser.begin('GET', silentHandler(), false))
})

for (const callback of ['onHead', 'onBody'] as const) {
  test(`calls no handler once the response was abandoned in ${callback}`, () => {
    for (const text of [
      'Content-Length: 5\r\n\r\nhello', 'Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n', '\r\nhello',
      'Content-Length: 0\r\n\r\n'
    ]) {
      const parser = new ResponseParser()
      const calls: string[] = []
      const noteCall = (name: string) => (): void => {
        calls.push(name)
        if (name === callback) parser.abandon()
      }
      parser.begin(
        'GET',
        silentHandler({ onHead: noteCall('onHead'), onBody: noteCall('onBody'), onComplete: noteCall('onComplete') }),
        false
      )
      parser.execute(Buffer.from(`HTTP/1.1 200 OK\r\n${text}`))
      parser.finish()
      const hasBody = !text.includes('Length: 0')
      assert.deepEqual(calls, callback === 'onHead' ? ['onHead'] : hasBody ? ['onHead', 'onBody'] : ['onHead', 'onComplete'])
      if (callback === 'onHead' || hasBody) assert.throws(() => parser.begin('GET', silentHandler(), false))
    }
  })
}

test('says nothing of what the backend sent in its errors', () => {
  const error = new MessageError('invalid-field-name')
  assert.deepEqual({ ...error }, { name: 'MessageError', code: 'invalid-field-name' })
})

test('reads a large head that comes byte by byte', () => {
  const bytes = Buffer.from(`HTTP/1.1 200 OK\r\nA: ${'a'.repeat(65_000)}\r\nContent-Length: 0\r\n\r\n`)
  const outcome = record(byteByByte(bytes))
  assert.equal(outcome.end, 'complete')
  assert.equal(outcome.consumed, bytes.length)
})
