import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HpackDecoder } from '../../../src/http2/hpack/decoder.ts'
import { HpackEncoder } from '../../../src/http2/hpack/encoder.ts'
import { examples } from './rfc7541-examples.ts'

const limits = { maxTableSize: 4096, maxFieldsSize: 1_000_000, maxFields: 10_000 }

test('RFC 7541 appendix C.4 is encoded byte for byte', () => {
  const encoder = new HpackEncoder()
  const { blocks } = examples.find(({ section }) => section === 'C.4')!
  for (const { hex, raw } of blocks) assert.equal(encoder.encode(raw).toString('hex'), hex)
})

test('every byte of latin1 comes back, in a name and in a value', () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1')
  const raw = [all, all, 'x', '', 'y', 'þÿ', 'z', '\x00\n\r']
  assert.deepEqual(new HpackDecoder(limits).decode(new HpackEncoder().encode(raw)).raw, raw)
})

test('what latin1 has not is not encoded', () => {
  assert.throws(() => new HpackEncoder().encode(['a', 'b\u010d']), RangeError)
})

test('secrets are never indexed, and neither are fields that came so', () => {
  const encoder = new HpackEncoder()
  const raw = ['authorization', 'Basic eDp5', 'proxy-authorization', 'x', 'cookie', 'a=b', 'x-key', 'k', 'x-other', 'o']
  const decoded = new HpackDecoder(limits).decode(encoder.encode(raw, [6]))
  assert.deepEqual(decoded, { raw, neverIndexed: [0, 2, 4, 6] })
})

test('a field that was sent is one byte the next time', () => {
  const encoder = new HpackEncoder()
  const decoder = new HpackDecoder(limits)
  for (const length of [undefined, 1]) {
    const block = encoder.encode(['server', 'a'])
    assert.deepEqual(decoder.decode(block).raw, ['server', 'a'])
    if (length !== undefined) assert.equal(block.length, length)
  }
})

test('what differs each time does not drive other fields out', () => {
  const encoder = new HpackEncoder()
  const decoder = new HpackDecoder(limits)
  decoder.decode(encoder.encode(['server', 'a']))
  for (let i = 0; i < 500; i++) decoder.decode(encoder.encode([':path', `/${i}`, 'x-request-id', String(i)]))
  assert.equal(encoder.encode(['server', 'a']).length, 1)
})

test('a table that the other side makes smaller is said first, with the smallest size between', () => {
  const encoder = new HpackEncoder()
  const decoder = new HpackDecoder(limits)
  decoder.decode(encoder.encode(['a', 'b', 'c', 'd']))
  encoder.limitTable(0)
  encoder.limitTable(100)
  decoder.limitTable(0)
  decoder.limitTable(100)
  const block = encoder.encode(['a', 'b'])
  assert.equal(block.subarray(0, 3).toString('hex'), '203f45')
  assert.deepEqual(decoder.decode(block).raw, ['a', 'b'])
  assert.equal(decoder.tableSize, 34)
  assert.equal(encoder.encode(['a', 'b']).toString('hex'), 'be')
})

test('the other side cannot make the table larger than its owner allows', () => {
  const encoder = new HpackEncoder()
  encoder.limitTable(1_000_000)
  assert.equal(encoder.encode([':method', 'GET']).toString('hex'), '82')
})

test('an owner that allows a smaller table says so in the first block', () => {
  const block = new HpackEncoder(0).encode([':method', 'GET', 'a', 'b'])
  assert.equal(block.toString('hex'), '20820001610162')
})

test('RFC 7541 appendix C.1: 10 and 1337 after a prefix of five bits', () => {
  for (const [size, hex] of [[10, '2a'], [1337, '3f9a0a']] as const) {
    const encoder = new HpackEncoder()
    encoder.limitTable(size)
    assert.equal(encoder.encode([]).toString('hex'), hex)
    const block = Buffer.from(hex, 'hex')
    assert.deepEqual(new HpackDecoder({ ...limits, maxTableSize: size }).decode(block).raw, [])
    assert.throws(() => new HpackDecoder({ ...limits, maxTableSize: size - 1 }).decode(block), { code: 'invalid-table-size' })
  }
})
