import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StatedEnds } from '../../src/proxy-protocol/ends.ts'
import { readHeader, type ReadHeader } from '../../src/proxy-protocol/reader.ts'
import { fc } from '../helpers/property.ts'
import { ipv4Block, statedBy1, statedBy2, version2 } from '../helpers/proxy-protocol.ts'

const ipv4: StatedEnds = {
  family: 'IPv4', sourceAddress: '192.0.2.7', sourcePort: 40_000, destinationAddress: '198.51.100.1', destinationPort: 443
}
const ipv6: StatedEnds = {
  family: 'IPv6', sourceAddress: '2001:db8::7', sourcePort: 0, destinationAddress: '2001:db8::1', destinationPort: 65_535
}
const ipv6Block = `20010db8${'0'.repeat(20)}0007` + `20010db8${'0'.repeat(20)}0001` + '0000ffff'
const longestLine = `PROXY UNKNOWN ${'x'.repeat(107 - 16)}\r\n`

const headers: Record<string, { bytes: string, ends?: StatedEnds }> = {
  'version 1, IPv4': { bytes: statedBy1, ends: ipv4 },
  'version 1, IPv6': { bytes: 'PROXY TCP6 2001:DB8:0:0::7 2001:db8::1 0 65535\r\n', ends: ipv6 },
  'version 1, UNKNOWN': { bytes: 'PROXY UNKNOWN\r\n' },
  'version 1, UNKNOWN with addresses': { bytes: 'PROXY UNKNOWN 192.0.2.7 198.51.100.1 40000 443\r\n' },
  'version 1, 107 bytes': { bytes: longestLine },
  'version 2, IPv4': { bytes: statedBy2, ends: ipv4 },
  'version 2, IPv6': { bytes: version2('2121', ipv6Block), ends: ipv6 },
  'version 2, with extensions': { bytes: version2('2111', `${ipv4Block}0400020000`), ends: ipv4 },
  'version 2, as long as may be': { bytes: version2('2111', ipv4Block + '00'.repeat(4096 - 12)), ends: ipv4 },
  'version 2, LOCAL': { bytes: version2('2000') },
  'version 2, LOCAL with addresses': { bytes: version2('2011', ipv4Block) },
  'version 2, LOCAL of no known family': { bytes: version2('20ff', '00') },
  'version 2, of no family': { bytes: version2('2100', '0102') },
  'version 2, UNIX': { bytes: version2('2131', '00'.repeat(216)) },
  'version 2, UDP': { bytes: version2('2112', ipv4Block) }
}

const malformed: Record<string, { bytes: string, problem: string }> = {
  'a request': { bytes: 'GET / HTTP/1.1\r\n', problem: 'no-header' },
  'a request that begins as a header': { bytes: 'PROPFIND / HTTP/1.1\r\n', problem: 'no-header' },
  'small letters': { bytes: 'proxy UNKNOWN\r\n', problem: 'no-header' },
  'a TLS hello': { bytes: '\x16\x03\x01', problem: 'no-header' },
  'another signature': { bytes: '\r\n\r\n\0\r\nQUIX\n', problem: 'no-header' },
  'no family': { bytes: 'PROXY \r\n', problem: 'invalid-line' },
  'another family': { bytes: 'PROXY UDP4 192.0.2.7 198.51.100.1 40000 443\r\n', problem: 'invalid-line' },
  'UNKNOWN with more letters': { bytes: 'PROXY UNKNOWNS\r\n', problem: 'invalid-line' },
  'LF alone': { bytes: statedBy1.replace('\r', ''), problem: 'invalid-line' },
  'CR within': { bytes: 'PROXY UNKNOWN \r \r\n', problem: 'invalid-line' },
  'two blanks': { bytes: statedBy1.replace(' 1', '  1'), problem: 'invalid-line' },
  'a blank at the end': { bytes: statedBy1.replace('\r', ' \r'), problem: 'invalid-line' },
  'too few parts': { bytes: 'PROXY TCP4 192.0.2.7 198.51.100.1 40000\r\n', problem: 'invalid-line' },
  'IPv6 for IPv4': { bytes: statedBy1.replace('192.0.2.7', '2001:db8::7'), problem: 'invalid-line' },
  'IPv4 for IPv6': { bytes: statedBy1.replace('TCP4', 'TCP6'), problem: 'invalid-line' },
  'no address': { bytes: statedBy1.replace('192.0.2.7', '192.0.2.256'), problem: 'invalid-line' },
  'a zone': { bytes: 'PROXY TCP6 fe80::7%eth0 fe80::1 1 2\r\n', problem: 'invalid-line' },
  'a port with a zero before it': { bytes: statedBy1.replace('443', '0443'), problem: 'invalid-line' },
  'a port that is too large': { bytes: statedBy1.replace('443', '65536'), problem: 'invalid-line' },
  '108 bytes': { bytes: longestLine.replace('x', 'xx'), problem: 'line-too-long' },
  'no end of the line': { bytes: longestLine.replace('\r\n', 'xx'), problem: 'line-too-long' },
  'version 1 in the form of 2': { bytes: version2('1111', ipv4Block), problem: 'invalid-version' },
  'another command': { bytes: version2('2211', ipv4Block), problem: 'invalid-version' },
  'another family in version 2': { bytes: version2('2141', ipv4Block), problem: 'invalid-family' },
  'a family without a protocol': { bytes: version2('2110', ipv4Block), problem: 'invalid-family' },
  'addresses cut short': { bytes: version2('2111', ipv4Block.slice(2)), problem: 'invalid-length' },
  'IPv6 as long as IPv4': { bytes: version2('2121', ipv4Block), problem: 'invalid-length' },
  'UNIX as long as IPv4': { bytes: version2('2131', ipv4Block), problem: 'invalid-length' },
  'more than is read': { bytes: version2('2111', '', 4097), problem: 'invalid-length' },
  'LOCAL with more than is read': { bytes: version2('2000', '', 4097), problem: 'invalid-length' }
}

for (const [what, { bytes, ends }] of Object.entries(headers)) {
  test(`a header is read: ${what}`, () => {
    assert.deepEqual(readHeader(Buffer.from(bytes, 'latin1')), { type: 'header', length: bytes.length, ends })
  })
}

for (const [what, { bytes, problem }] of Object.entries(malformed)) {
  test(`is no header: ${what}`, () => {
    assert.deepEqual(readHeader(Buffer.from(bytes, 'latin1')), { type: 'malformed', problem })
  })
}

/** What is said of the shortest beginning of which something is said. */
function byBytes (bytes: Buffer): ReadHeader {
  for (let length = 0; length < bytes.length; length++) {
    const read = readHeader(bytes.subarray(0, length))
    if (read.type !== 'incomplete') return read
  }
  return readHeader(bytes)
}

test('what is said of bytes does not depend on how they are split, nor on what follows', () => {
  const known = [...Object.values(headers), ...Object.values(malformed)].map(({ bytes }) => Buffer.from(bytes, 'latin1'))
  const changed = fc.tuple(fc.constantFrom(...known), fc.nat(), fc.nat(255)).map(([bytes, at, value]) => {
    const copy = Buffer.from(bytes)
    copy[at % Math.min(copy.length, 120)] = value
    return copy
  })
  const followed = fc.tuple(fc.oneof(fc.constantFrom(...known), changed), fc.uint8Array({ maxLength: 40 }))
  fc.assert(fc.property(followed, ([bytes, more]) => {
    const all = Buffer.concat([bytes, more])
    assert.deepEqual(byBytes(all), readHeader(all))
  }), { numRuns: 200 })
})

test('a header without its last byte is incomplete', () => {
  for (const { bytes } of Object.values(headers)) {
    assert.deepEqual(readHeader(Buffer.from(bytes.slice(0, -1), 'latin1')), { type: 'incomplete' }, bytes)
  }
})
