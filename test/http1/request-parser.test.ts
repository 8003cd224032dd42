import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RequestParser } from '../../src/http1/request-parser.ts'
import { fc } from '../helpers/property.ts'
import { acceptedRequests, type ExpectedRequest } from './request-cases.ts'
import { readRequests, type Reading, type ReadRequest } from './request-recorder.ts'
import { refusedRequests } from './request-refusals.ts'
import { byteByByte, splitAt } from './response-recorder.ts'

/** However the network cuts the bytes, they mean the same. */
function assertSplitsAgree (bytes: Buffer, read: (pieces: Iterable<Buffer>) => Reading): void {
  const whole = read([bytes])
  assert.deepEqual(read(byteByByte(bytes)), whole, 'byte by byte')
  if (bytes.length > 2000) return
  for (let position = 0; position < bytes.length; position++) {
    assert.deepEqual(read(splitAt(bytes, position)), whole, `split at ${position}`)
  }
}

function assertIs (request: ReadRequest | undefined, { head = {}, ...expected }: ExpectedRequest): void {
  assert.ok(request !== undefined)
  assert.deepEqual({ ...request, ...expected, head: { ...request.head, ...head } }, request)
}

for (const { name, bytes: text, limits, requests, end = 'idle' } of acceptedRequests) {
  test(`accepts ${name}`, () => {
    const bytes = Buffer.from(text, 'latin1')
    const reading = readRequests([bytes], limits)
    assert.deepEqual([reading.requests.length, reading.end], [requests.length, end])
    for (const [i, expected] of requests.entries()) assertIs(reading.requests[i], expected)
    assertSplitsAgree(bytes, (pieces) => readRequests(pieces, limits))
  })
}

for (const { name, bytes: text, limits, error } of refusedRequests) {
  test(`refuses ${name} as ${error}`, () => {
    const bytes = Buffer.from(text, 'latin1')
    assert.equal(readRequests([bytes], limits).end, error)
    assertSplitsAgree(bytes, (pieces) => readRequests(pieces, limits))
  })
}

test('takes a head with every method that node:http knows, and gives it as a constant', async () => {
  const { METHODS } = await import('node:http')
  const { methods } = await import('../../src/http/methods.ts')
  for (const method of METHODS) assert.ok(methods.includes(method as typeof methods[number]), method)
  for (const method of methods) {
    assert.equal(
      readRequests([Buffer.from(`${method} / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`)]).requests[0]?.head.method, method
    )
  }
})

test('gives pieces of the body as views of the chunk, and a whole chunk as it is', () => {
  const parser = new RequestParser()
  const head = Buffer.from('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\nabc')
  const at = parser.readHead(head, 0)
  const pieces: Buffer[] = []
  const take = (piece: Buffer): void => { pieces.push(piece) }
  assert.equal(parser.readBody(head, at, take), head.length)
  assert.equal(pieces[0]?.buffer, head.buffer)
  const rest = Buffer.from('defgh')
  parser.readBody(rest, 0, take)
  assert.equal(pieces[1], rest)
  assert.ok(parser.isComplete)
})

test('takes nothing more of the head once it is whole, nor of the body', () => {
  const parser = new RequestParser()
  const bytes = Buffer.from('GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\n')
  const at = parser.readHead(bytes, 0)
  assert.equal(at, 27)
  assert.equal(parser.readHead(bytes, at), at)
  assert.equal(parser.readBody(bytes, at, () => { assert.fail('there is no body') }), at)
  parser.next()
  assert.equal(parser.request, undefined)
  assert.equal(parser.readHead(bytes, at), bytes.length)
  assert.ok(parser.hasPartOfHead)
})

test('does not go on to the next request before the one at hand is whole', () => {
  const parser = new RequestParser()
  assert.throws(() => { parser.next() }, /not read to its end/)
  parser.readHead(Buffer.from('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\n'), 0)
  assert.throws(() => { parser.next() }, /not read to its end/)
})

test('is of no more use once it has thrown', () => {
  const parser = new RequestParser()
  const bytes = Buffer.from('nonsense\r\n\r\n')
  assert.throws(() => parser.readHead(bytes, 0), { code: 'invalid-method' })
  assert.equal(parser.readHead(bytes, 0), 0)
  assert.throws(() => { parser.next() })
})

test('keeps no bytes of a head that was whole in its chunk', () => {
  const parser = new RequestParser()
  const bytes = Buffer.from('GET /a HTTP/1.1\r\nHost: h\r\nX-A: before\r\n\r\n')
  parser.readHead(bytes, 0)
  bytes.fill('x')
  assert.deepEqual(parser.request?.head.fields.toRaw(), ['Host', 'h', 'X-A', 'before'])
  assert.equal(parser.request?.head.target, '/a')
})

const token = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,20}$/)
const value = fc.stringMatching(/^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]{0,30}[\x21-\x7e\x80-\xff])?)?$/)
const otherField = fc.tuple(
  token.filter((name) => !/^(?:host|connection|content-length|transfer-encoding|upgrade|expect)$/i.test(name)), value
)

test('reads back each request that is written by the rules, whatever follows and however it is cut', () => {
  fc.assert(fc.property(
    fc.array(otherField, { maxLength: 8 }), fc.constantFrom('GET', 'POST', 'PUT'), fc.stringMatching(/^\/[\x21\x22\x24-\x7e]{0,30}$/),
    fc.uint8Array({ maxLength: 60 }), fc.boolean(), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 }),
    (fields, method, target, body, isChunked, sizes) => {
      const bytes = Buffer.from(body)
      const raw = [
        'Host', 'h', ...fields.flat(), ...(isChunked ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(bytes.length)])
      ]
      let head = `${method} ${target} HTTP/1.1\r\n`
      for (let i = 0; i < raw.length; i += 2) head += `${raw[i]}:${raw[i + 1]}\r\n`
      const text = bytes.toString('latin1')
      const chunks = text === '' ? '' : `${bytes.length.toString(16)}\r\n${text}\r\n`
      const message = `${head}\r\n${isChunked ? `${chunks}0\r\n\r\n` : text}`
      const wire = Buffer.from(message + message, 'latin1')
      const pieces: Buffer[] = []
      for (let at = 0, i = 0; at < wire.length; i++) {
        const size = sizes[i % sizes.length] as number
        pieces.push(wire.subarray(at, at + size))
        at += size
      }
      const { requests, end } = readRequests(pieces)
      assert.equal(end, 'idle')
      assert.equal(requests.length, 2)
      for (const request of requests) {
        assert.deepEqual([request.head.method, request.head.target, request.rawHeaders, request.bytes], [method, target, raw, text])
      }
    }
  ))
})
