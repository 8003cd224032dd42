import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAddress } from '../../src/base/addresses.ts'
import type { StatedEnds } from '../../src/proxy-protocol/ends.ts'
import { readHeader } from '../../src/proxy-protocol/reader.ts'
import { writeHeader } from '../../src/proxy-protocol/writer.ts'
import { fc } from '../helpers/property.ts'
import { statedBy1, statedBy2, version2 } from '../helpers/proxy-protocol.ts'

const ends: StatedEnds = {
  family: 'IPv4', sourceAddress: '192.0.2.7', sourcePort: 40_000, destinationAddress: '198.51.100.1', destinationPort: 443
}
const ipv6: StatedEnds = { ...ends, family: 'IPv6', sourceAddress: '2001:db8::7', destinationAddress: '2001:db8::1' }
const mixed: StatedEnds = { ...ends, family: 'IPv6', destinationAddress: '2001:db8::1' }
const longest: StatedEnds = {
  family: 'IPv6',
  sourceAddress: Array(8).fill('ffff').join(':'),
  sourcePort: 65_535,
  destinationAddress: Array(8).fill('fffe').join(':'),
  destinationPort: 65_535
}

const cases: Record<string, { said: StatedEnds | undefined, v1: string, v2: string }> = {
  IPv4: { said: ends, v1: statedBy1, v2: statedBy2 },
  IPv6: {
    said: ipv6,
    v1: 'PROXY TCP6 2001:db8::7 2001:db8::1 40000 443\r\n',
    v2: version2('2121', `20010db8${'0'.repeat(20)}000720010db8${'0'.repeat(20)}00019c4001bb`)
  },
  'a client by IPv4 and an IPv6 address of ours': {
    said: mixed,
    v1: 'PROXY TCP6 ::ffff:192.0.2.7 2001:db8::1 40000 443\r\n',
    v2: version2('2121', `${'0'.repeat(20)}ffffc000020720010db8${'0'.repeat(20)}00019c4001bb`)
  },
  'two IPv4-mapped addresses': {
    said: { ...ends, family: 'IPv6', sourceAddress: '::ffff:192.0.2.7', destinationAddress: '::ffff:c633:6401' },
    v1: statedBy1,
    v2: statedBy2
  },
  'a link-local address with its zone': {
    said: { ...ipv6, sourceAddress: 'fe80::7%eth0' },
    v1: 'PROXY TCP6 fe80::7 2001:db8::1 40000 443\r\n',
    v2: version2('2121', `fe80${'0'.repeat(24)}000720010db8${'0'.repeat(20)}00019c4001bb`)
  },
  'no ends': { said: undefined, v1: 'PROXY UNKNOWN\r\n', v2: version2('2000') },
  'what is no address': { said: { ...ends, sourceAddress: 'unknown' }, v1: 'PROXY UNKNOWN\r\n', v2: version2('2000') }
}

for (const [what, { said, v1, v2 }] of Object.entries(cases)) {
  test(`a header states ${what}`, () => {
    assert.deepEqual([writeHeader('v1', said).toString('latin1'), writeHeader('v2', said).toString('latin1')], [v1, v2])
  })
}

test('a line is never longer than the 107 bytes of section 2.1', () => {
  assert.equal(writeHeader('v1', longest).length, 'PROXY TCP6   65535 65535\r\n'.length + 2 * 39)
  assert.ok(writeHeader('v1', longest).length <= 107)
})

test('what is written is read as the same ends, and is all of the header', () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('::', '::1', '::ffff:1.2.3.4', '1::', '1:0:0:2:0:0:0:3'))
  const end = fc.tuple(address, fc.nat(65_535)).map(([text, port]) => [parseAddress(text)?.text as string, port] as const)
  fc.assert(fc.property(end, end, fc.constantFrom('v1', 'v2'), (source, destination, version) => {
    const [[sourceAddress, sourcePort], [destinationAddress, destinationPort]] = [source, destination]
    const family = sourceAddress.includes(':') || destinationAddress.includes(':') ? 'IPv6' : 'IPv4'
    const stated: StatedEnds = { family, sourceAddress, sourcePort, destinationAddress, destinationPort }
    const bytes = writeHeader(version, stated)
    assert.deepEqual(readHeader(bytes), { type: 'header', length: bytes.length, ends: stated })
  }), { numRuns: 500 })
})
