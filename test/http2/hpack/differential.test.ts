import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { HpackDecoder } from '../../../src/http2/hpack/decoder.ts'
import { HpackEncoder } from '../../../src/http2/hpack/encoder.ts'
import { Random } from '../../fuzz/random.ts'

/** The Python of Debian, for which Debian has the package python3-hpack. */
const python = '/usr/bin/python3'

/** Reads ["d" or "e", …] a line; decodes a block, or encodes fields, with one table for all of a kind. */
const program = `
import json, sys
from hpack import Decoder, Encoder
decoder, encoder = Decoder(max_header_list_size=10000000), Encoder()
for line in sys.stdin:
    block, fields, huffman = json.loads(line)
    read = [part.decode('latin1') for field in decoder.decode(bytes.fromhex(block), raw=True) for part in field]
    written = encoder.encode([(n.encode('latin1'), v.encode('latin1')) for n, v in fields], huffman=huffman)
    print(json.dumps([read, written.hex()]))
`

const names = [
  ':method', ':path', ':status', 'accept', 'authorization', 'cache-control', 'cookie', 'date', 'etag', 'set-cookie', 'x-a', 'x-b',
  'x-long-name'
]

function randomFields (random: Random): string[] {
  return Array.from({ length: random.below(12) }, () => {
    const length = random.pick([0, 1, 5, 30, 130, 700])
    const bytes = Buffer.from(Array.from({ length }, () => random.below(256)))
    const values = ['GET', '/', '200', 'gzip, deflate', bytes.toString('latin1')]
    return [random.pick(names), random.pick(values)]
  }).flat()
}

test('the blocks of python3-hpack and ours are read alike by both', (t) => {
  if (spawnSync(python, ['-c', 'import hpack']).status !== 0) return t.skip('python3-hpack is not installed')
  const random = new Random(7541)
  const encoder = new HpackEncoder()
  const fields = Array.from({ length: 3000 }, () => randomFields(random))
  const lines = fields.map((raw) => {
    const pairs = raw.flatMap((name, i) => i % 2 === 0 ? [[name, raw[i + 1]]] : [])
    return JSON.stringify([encoder.encode(raw).toString('hex'), pairs, random.oneIn(2)])
  })
  const { stdout, stderr } = spawnSync(python, ['-c', program], { input: lines.join('\n'), encoding: 'utf8', maxBuffer: 1 << 28 })
  assert.equal(stderr, '')
  const results = stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as [string[], string])
  assert.equal(results.length, fields.length)

  const decoder = new HpackDecoder({ maxTableSize: 4096, maxFieldsSize: 1_000_000, maxFields: 1000 })
  for (const [i, [read, written]] of results.entries()) {
    assert.deepEqual(read, fields[i])
    assert.deepEqual(decoder.decode(Buffer.from(written, 'hex')).raw, fields[i])
  }
})
