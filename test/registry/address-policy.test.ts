import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { AddressPolicy } from '../../src/registry/address-policy.ts'

const everything = '0.0.0.0/0,::/0'
const itself = 'it is the gateway itself'
const notListed = 'it is not in REGISTRY_ALLOW'
const never = 'link-local, metadata and multicast addresses are never allowed'

function problemWith (address: string, { allow = everything, own = '127.0.0.1', port = 5174 } = {}): string | undefined {
  return new AddressPolicy(allow, () => [{ address: own, port: 5174 }]).problemWith(address, port)
}

/** All notations, and all IPv6 addresses that lead to this IPv4 address. */
function disguises (ipv4: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number)
  const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  const mapped = [`::ffff:${ipv4}`, `::FFFF:${hex}`, `0:0:0:0:0:ffff:${hex}`]
  const embedded = [
    `::${ipv4}`, `::${hex}`, `::ffff:0:${ipv4}`, `64:ff9b::${ipv4}`, `64:ff9b::${hex}`, `64:ff9b:1::${ipv4}`, `2002:${hex}::1`
  ]
  return [ipv4, ...mapped, ...embedded]
}

test('the gateway itself is found in every disguise, on its own port only', () => {
  for (const address of disguises('127.0.0.1')) {
    assert.equal(problemWith(address), itself, address)
    assert.equal(problemWith(address, { port: 5175 }), undefined, address)
  }
})

test('metadata addresses are found in every disguise', () => {
  const others = ['fd00:ec2::254', 'fe80::1%eth0', '0.0.0.0', '::', '::ffff:0.0.0.0']
  for (const address of [...disguises('169.254.169.254'), ...disguises('100.100.100.200'), ...others]) {
    assert.equal(problemWith(address), never, address)
  }
})

test('an IPv6 address that leads to an IPv4 address is allowed when both are', () => {
  const problems = ['10.0.0.0/8', '64:ff9b::/96', '64:ff9b::/96,10.0.0.0/8'].map((allow) => problemWith('64:ff9b::10.0.0.1', { allow }))
  assert.deepEqual(problems, [notListed, notListed, undefined])
  assert.equal(problemWith('::ffff:a00:1', { allow: '10.0.0.0/8' }), undefined)
})

for (const own of ['0.0.0.0', '::']) {
  test(`a listener on ${own} is reached at every address of this machine`, () => {
    const found = Object.values(networkInterfaces()).flatMap((each) => each ?? []).map(({ address }) => address)
    for (const address of [...found.filter((each) => !/^fe80/.test(each)), '127.0.0.1', '127.9.9.9', '::1', '::ffff:7f00:1']) {
      assert.equal(problemWith(address, { own }), itself, address)
    }
    assert.equal(problemWith('203.0.113.9', { own }), undefined)
  })
}

test('a listener on loopback is reached at every address of loopback, one on another address at that one', () => {
  for (const own of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
    for (const address of ['127.0.0.1', '127.0.0.2', '::1']) assert.equal(problemWith(address, { own }), itself, `${address} of ${own}`)
    assert.equal(problemWith('10.0.0.1', { own }), undefined)
  }
  assert.equal(problemWith('::ffff:10.0.0.1', { own: '10.0.0.1' }), itself)
  assert.equal(problemWith('2001:DB8:0::1', { own: '2001:db8::1' }), itself)
  assert.equal(problemWith('127.0.0.1', { own: '10.0.0.1' }), undefined)
})

test('what is no address is not allowed', () => {
  for (const text of ['', 'shop.example', '127.1']) assert.equal(problemWith(text), notListed)
})

for (const allow of ['10.0.0.0/33', 'shop.example', '10.0.0.0/8;::1', 'fe80::1%eth0']) {
  test(`REGISTRY_ALLOW=${allow} is refused`, () => {
    const message = `REGISTRY_ALLOW=${allow} is not valid: "${allow}" is neither an address nor a CIDR`
    assert.throws(() => new AddressPolicy(allow, () => []), { name: 'SettingError', message })
  })
}
