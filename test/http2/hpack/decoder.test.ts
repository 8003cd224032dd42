import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HpackDecoder, type DecoderLimits } from '../../../src/http2/hpack/decoder.ts'
import { HpackError, type HpackErrorCode } from '../../../src/http2/hpack/hpack-error.ts'
import { examples } from './rfc7541-examples.ts'

const limits: DecoderLimits = { maxTableSize: 4096, maxFieldsSize: 32_768, maxFields: 256 }

function decoder (changed: Partial<DecoderLimits> = {}): HpackDecoder {
  return new HpackDecoder({ ...limits, ...changed })
}

function hex (text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex')
}

function refuses (read: () => unknown, code: HpackErrorCode): void {
  assert.throws(read, (error) => error instanceof HpackError && error.code === code)
}

for (const { section, maxTableSize, blocks } of examples) {
  test(`RFC 7541 appendix ${section} is decoded`, () => {
    const hpack = decoder({ maxTableSize })
    for (const { hex: block, raw, tableSize } of blocks) {
      assert.deepEqual(hpack.decode(hex(block)).raw, raw)
      assert.equal(hpack.tableSize, tableSize)
    }
  })
}

test('a field that must never be indexed is known by its place', () => {
  const { raw, neverIndexed } = decoder().decode(hex('82 10 01 61 01 62 00 01 63 01 64'))
  assert.deepEqual([raw, neverIndexed], [[':method', 'GET', 'a', 'b', 'c', 'd'], [2]])
})

/** RFC 7541 sections 2.3.3, 5.1, 5.2, 6.1, 6.3 and 4.2. */
const refused: ReadonlyArray<readonly [name: string, block: string, code: HpackErrorCode]> = [
  ['index 0', '80', 'invalid-index'],
  ['an index after the tables', 'be', 'invalid-index'],
  ['the name of an index after the tables', '7e 01 61', 'invalid-index'],
  ['an index that goes on at the end', 'ff 80', 'truncated'],
  ['an index of five bytes', 'ff 80 80 80 80 00', 'integer-overflow'],
  ['an index of more bits than a number has', 'ff ff ff ff ff ff ff ff ff 0f', 'integer-overflow'],
  ['a length that overflows', '00 7f 80 80 80 80 10 61', 'integer-overflow'],
  ['a literal without a name', '40', 'truncated'],
  ['a name without a value', '40 01 61', 'truncated'],
  ['a name longer than the block', '40 05 61', 'truncated'],
  ['a value longer than the block', '40 01 61 02 61', 'truncated'],
  ['Huffman padding of zeros', '00 81 18 01 61', 'invalid-huffman'],
  ['Huffman padding of eight bits', '00 82 1f ff 01 61', 'invalid-huffman'],
  ['EOS in a Huffman string', '00 84 ff ff ff ff 01 61', 'invalid-huffman'],
  ['a Huffman string that ends within a code', '00 81 fe 01 61', 'invalid-huffman'],
  ['a table larger than allowed', '3f e2 1f', 'invalid-table-size'],
  ['a table size after a field', '82 20', 'misplaced-table-size'],
  ['three table sizes', '20 20 20 82', 'misplaced-table-size']
]

for (const [name, block, code] of refused) {
  test(`${name} is refused: ${code}`, () => refuses(() => decoder().decode(hex(block)), code))
}

test('a table of the size allowed is taken', () => {
  assert.deepEqual(decoder().decode(hex('20 3f e1 1f 82')).raw, [':method', 'GET'])
})

test('a table that is made smaller loses its oldest entries', () => {
  const hpack = decoder()
  hpack.decode(hex('40 01 61 01 62 40 01 63 01 64'))
  assert.equal(hpack.tableSize, 68)
  assert.deepEqual(hpack.decode(hex('3f 0f be')).raw, ['c', 'd'])
  assert.equal(hpack.tableSize, 34)
  refuses(() => hpack.decode(hex('bf')), 'invalid-index')
})

test('an entry larger than the table empties it', () => {
  const hpack = decoder({ maxTableSize: 40 })
  hpack.decode(hex('40 01 61 01 62'))
  hpack.decode(hex('40 04 61 61 61 61 05 62 62 62 62 62'))
  assert.equal(hpack.tableSize, 0)
})

test('an entry may be named by the one that it drives out', () => {
  const hpack = decoder({ maxTableSize: 40 })
  hpack.decode(hex('40 01 61 01 62'))
  assert.deepEqual(hpack.decode(hex('7e 01 63')).raw, ['a', 'c'])
  assert.deepEqual(hpack.decode(hex('be')).raw, ['a', 'c'])
})

test('after the limit of the table sank, the next block must begin with a smaller one', () => {
  const late = decoder()
  late.limitTable(100)
  refuses(() => late.decode(hex('82')), 'missing-table-size')

  const punctual = decoder()
  punctual.limitTable(100)
  assert.deepEqual(punctual.decode(hex('3f 45 82')).raw, [':method', 'GET'])
})

test('a limit that sank and rose again wants the smallest size said', () => {
  const hpack = decoder()
  hpack.limitTable(0)
  hpack.limitTable(4096)
  assert.deepEqual(hpack.decode(hex('20 3f e1 1f 82')).raw, [':method', 'GET'])
  hpack.limitTable(0)
  hpack.limitTable(4096)
  refuses(() => hpack.decode(hex('3f e1 1f 82')), 'missing-table-size')
})

test('the fields of a block are counted with 32 bytes each, and are taken up to the limit', () => {
  const block = hex('00 01 61 01 62 00 01 61 01 62')
  assert.equal(decoder({ maxFieldsSize: 68 }).decode(block).raw.length, 4)
  refuses(() => decoder({ maxFieldsSize: 67 }).decode(block), 'fields-too-large')
})

test('indexes that name one large entry again and again are stopped at the limit', () => {
  const hpack = decoder()
  const large = Buffer.concat([hex('40 01 61 7f a1 1e'), Buffer.alloc(4000, 'x')])
  hpack.decode(large)
  assert.equal(hpack.tableSize, 4033)
  refuses(() => hpack.decode(Buffer.alloc(100_000, 0xbe)), 'fields-too-large')
})

test('a Huffman string that decodes to more than the limit is stopped', () => {
  const block = Buffer.concat([hex('00 01 61 ff 8d 0f'), Buffer.alloc(2060, 0)])
  assert.equal(decoder().decode(Buffer.concat([hex('00 01 61 85'), Buffer.alloc(5, 0)])).raw[1], '00000000')
  refuses(() => decoder({ maxFieldsSize: 3000 }).decode(block), 'fields-too-large')
})

test('more fields than allowed are stopped', () => {
  assert.equal(decoder({ maxFields: 3 }).decode(hex('82 82 82')).raw.length, 6)
  refuses(() => decoder({ maxFields: 3 }).decode(hex('82 82 82 82')), 'too-many-fields')
})

test('limits and broken blocks are told apart', () => {
  assert.deepEqual([new HpackError('too-many-fields').isLimit, new HpackError('invalid-index').isLimit], [true, false])
})
