import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  hostOf, isLoopback, parseAddress, parseAddressAndPort, parseRanges, readingsOf, type AddressRanges
} from '../../src/base/addresses.ts'

/** The same cases in every run. */
const sameCases = { seed: 1, numRuns: 200 }

const mapped = 0xffff00000000n
const anyIPv4 = fc.integer({ min: 0, max: 0xffffffff }).map((word) => mapped + BigInt(word))
/** Zeros are frequent, so that there is something to shorten. */
const anyGroup = fc.oneof(fc.constant(0), fc.constant(0xffff), fc.integer({ min: 0, max: 0xffff }))
const anyIPv6 = fc.array(anyGroup, { minLength: 8, maxLength: 8 })
  .map((groups) => groups.reduce((bits, group) => bits * 0x10000n + BigInt(group), 0n))
const anyBits = fc.oneof(anyIPv4, anyIPv6)

const isIPv4 = (bits: bigint): boolean => bits >> 32n === 0xffffn
const dotted = (bits: bigint): string => [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.')
const groupsOf = (bits: bigint): string[] => Array.from({ length: 8 }, (_, at) => ((bits >> BigInt(112 - at * 16)) & 0xffffn).toString(16))

/** With `::` for each run of zeros, or part of one, in turn. */
function shortened (groups: string[]): string[] {
  return groups.flatMap((_, start) => groups.flatMap((_, end) => {
    if (end < start || groups.slice(start, end + 1).some((group) => group !== '0')) return []
    return `${groups.slice(0, start).join(':')}::${groups.slice(end + 1).join(':')}`
  }))
}

/** All ways to write an address. */
function notationsOf (bits: bigint): string[] {
  const groups = groupsOf(bits)
  const mixed = [...groups.slice(0, 6), dotted(bits)]
  const long = [groups, mixed].flatMap((each) => [each.join(':'), ...shortened(each)])
  const padded = groups.map((group) => group.padStart(4, '0')).join(':')
  return [...long, padded, ...long.map((text) => text.toUpperCase()), ...(isIPv4(bits) ? [dotted(bits)] : [])]
}

const textOf = (text: string): string | undefined => parseAddress(text)?.text
const rangesOf = (text: string): AddressRanges => parseRanges(text) as AddressRanges
const has = (ranges: string, address: string): boolean => rangesOf(ranges).has(parseAddress(address) ?? assert.fail(address))

test('an address has one canonical form, whatever its notation, which is its own', () => {
  fc.assert(fc.property(anyBits, (bits) => {
    const [first = ''] = notationsOf(bits)
    const canonical = textOf(first)
    assert.notEqual(canonical, undefined, first)
    for (const notation of notationsOf(bits)) assert.equal(textOf(notation), canonical, notation)
    assert.equal(textOf(canonical as string), canonical)
  }), sameCases)
})

test('two addresses have the same canonical form only if all of their bits are the same', () => {
  fc.assert(fc.property(anyBits, fc.integer({ min: 0, max: 127 }), (bits, at) => {
    const other = bits ^ (1n << BigInt(at))
    assert.notEqual(textOf(groupsOf(bits).join(':')), textOf(groupsOf(other).join(':')))
  }), sameCases)
})

test('the canonical form of an address is the one that a url has, but for IPv4-mapped ones', () => {
  fc.assert(fc.property(anyIPv6.filter((bits) => !isIPv4(bits)), (bits) => {
    assert.equal(`[${textOf(groupsOf(bits).join(':'))}]`, new URL(`http://[${groupsOf(bits).join(':')}]`).hostname)
  }), sameCases)
})

test('an address is in a CIDR exactly when their first bits are the same', () => {
  fc.assert(fc.property(anyBits, anyBits, fc.integer({ min: 0, max: 128 }), fc.integer({ min: 0, max: 127 }), (net, other, length, at) => {
    const near = net ^ (1n << BigInt(at))
    const bits = isIPv4(net) ? Math.max(length, 96) : length
    const cidr = isIPv4(net) ? `${dotted(net)}/${bits - 96}` : `${groupsOf(net).join(':')}/${bits}`
    for (const address of [net, near, other]) {
      const [notation = ''] = notationsOf(address)
      assert.equal(has(cidr, notation), address >> BigInt(128 - bits) === net >> BigInt(128 - bits), `${notation} in ${cidr}`)
    }
  }), sameCases)
})

for (const [text, canonical] of [
  ['127.0.0.1', '127.0.0.1'], ['::ffff:127.0.0.1', '127.0.0.1'], ['::FFFF:7f00:1', '127.0.0.1'], ['0:0:0:0:0:ffff:7f00:0001', '127.0.0.1'],
  ['::127.0.0.1', '::7f00:1'], ['64:ff9b::10.0.0.1', '64:ff9b::a00:1'],
  ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'], ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['::', '::'], ['::1', '::1'], ['1::', '1::'], ['fe80::1%eth0', 'fe80::1'], ['fe80::1%25', 'fe80::1']
] as const) {
  test(`${text} is ${canonical}`, () => { assert.equal(textOf(text), canonical) })
}

for (const text of [
  '', 'localhost', '1.2.3', '1.2.3.4.5', '01.2.3.4', '1.2.3.256', '1.2.3.4%eth0', '0x7f.0.0.1', '2130706433',
  ' 1.2.3.4', '1.2.3.4\n', '[::1]', '1.2.3.4:80', ':::', '1:2', '1::2::3',
  '::1%', '::1%\x1b[2J', `::1%${'x'.repeat(80)}`, '::ffff:1.2.3', `${'1'.repeat(100_000)}`
]) {
  test(`${JSON.stringify(text.slice(0, 20))} is no address`, () => { assert.equal(parseAddress(text), undefined) })
}

for (const [text, canonical] of [
  ['203.0.113.9', '203.0.113.9'], ['203.0.113.9:40001', '203.0.113.9'], ['[2001:db8::1]:443', '2001:db8::1'],
  ['[2001:DB8::1]', '2001:db8::1'], ['2001:db8::1', '2001:db8::1'],
  ['::ffff:203.0.113.9', '203.0.113.9'], ['[::ffff:203.0.113.9]:1', '203.0.113.9'], ['[fe80::1%eth0]:80', 'fe80::1'],
  ['203.0.113.9:', undefined], ['203.0.113.9:x', undefined], ['203.0.113.9:123456', undefined],
  ['[203.0.113.9]:80', undefined], ['[::1', undefined], ['[::1]x', undefined],
  ['[::1]:', undefined], ['unknown', undefined], ['_hidden:80', undefined]
] as const) {
  test(`of ${text} the address is ${canonical ?? 'none'}`, () => { assert.equal(parseAddressAndPort(text)?.text, canonical) })
}

test('the host of a url is what is dialled', () => {
  const urls = ['http://[::ffff:127.0.0.1]:80', 'http://[::1]', 'http://[2001:DB8::1]:80', 'http://0x7f.1', 'http://Shop.Example']
  assert.deepEqual(urls.map((url) => hostOf(new URL(url))), ['127.0.0.1', '::1', '2001:db8::1', '127.0.0.1', 'shop.example'])
})

for (const [address, embedded] of [
  ['10.0.0.1', []], ['::ffff:10.0.0.1', []], ['::', []], ['::1', []], ['2001:db8::a00:1', []], ['64:ff9b:2::10.0.0.1', []],
  ['::10.0.0.1', ['10.0.0.1']], ['::ffff:0:10.0.0.1', ['10.0.0.1']], ['64:ff9b::10.0.0.1', ['10.0.0.1']], ['2002:a00:1::5', ['10.0.0.1']],
  // RFC 6052 section 2.2: prefixes of 96, 64, 56 and 48 bits.
  ['64:ff9b:1::10.0.0.1', ['10.0.0.1']], ['64:ff9b:1:ffff:a:0:100:0', ['10.0.0.1', '1.0.0.0']],
  ['64:ff9b:1:ff0a:0:1::', ['10.0.0.1', '0.0.1.0']],
  ['64:ff9b:1:a00:0:100::', ['10.0.0.1', '0.0.1.0', '0.1.0.0']]
] as const) {
  test(`${address} leads to ${embedded.join(', ') || 'itself only'}`, () => {
    const [self, ...others] = readingsOf(parseAddress(address) ?? assert.fail())
    assert.equal(self?.text, textOf(address))
    assert.deepEqual(others.map(({ text }) => text), embedded)
  })
}

test('only this machine reaches 127.0.0.0/8, ::1 and localhost', () => {
  const own = ['localhost', '127.0.0.1', '127.255.0.1', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', '::ffff:7f00:1']
  const others = ['', '0.0.0.0', '::', '128.0.0.1', '127.0.0.1.example', '::127.0.0.1', '64:ff9b::127.0.0.1', '[::1]']
  for (const host of own) assert.ok(isLoopback(host), host)
  for (const host of others) assert.ok(!isLoopback(host), host)
})

test('a list takes blanks and ends in a comma if it likes; an empty one has nothing', () => {
  assert.ok(has(' 10.0.0.0/8 , ::1, ', '::1'))
  assert.ok(!has('', '10.0.0.1'))
})

test('0.0.0.0/0 is all of IPv4, ::/0 is everything, and a zone does not matter', () => {
  assert.deepEqual(['10.0.0.1', '::ffff:10.0.0.1', '::1'].map((address) => has('0.0.0.0/0', address)), [true, true, false])
  assert.deepEqual(['10.0.0.1', '::ffff:10.0.0.1', '::1'].map((address) => has('::/0', address)), [true, true, true])
  assert.ok(has('::ffff:10.0.0.0/104', '10.1.2.3'))
  assert.ok(has('fe80::/10', 'fe80::1%eth0'))
})

for (const entry of [
  '10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1', '10.0.0.0/1e1', '10.0.0/8', 'localhost',
  'fe80::1%eth0', '[::1]', '/8'
]) {
  test(`"${entry}" is neither an address nor a CIDR`, () => {
    assert.equal(parseRanges(`::1,${entry}`), `"${entry}" is neither an address nor a CIDR`)
  })
}
