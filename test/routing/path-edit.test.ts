import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replacePrefix, takenPrefix } from '../../src/routing/path-edit.ts'
import { locationOf } from '../../src/routing/redirect.ts'
import { drawShare, pointOf } from '../../src/routing/split.ts'
import { fc } from '../helpers/property.ts'

// The first rows are the table of ReplacePrefixMatch in the Gateway API.
for (const [target, prefix, replacement, edited] of [
  ['/foo/bar', '/foo', '/xyz', '/xyz/bar'],
  ['/foo/bar', '/foo', '/xyz/', '/xyz/bar'],
  ['/foo', '/foo', '/xyz', '/xyz'],
  ['/foo/', '/foo', '/xyz', '/xyz/'],
  ['/foo/bar', '/foo', '/', '/bar'],
  ['/foo/', '/foo', '/', '/'],
  ['/foo', '/foo', '/', '/'],
  ['/foo', '/', '/xyz', '/xyz/foo'],
  ['/', '/', '/xyz', '/xyz/'],
  ['/files//evil.com', '/files', '/', '/evil.com'],
  ['/files///evil.com?a=//b', '/files', '/', '/evil.com?a=//b'],
  ['/files?x=/files', '/files', '/', '/?x=/files'],
  ['/f%69les/x', '/files', '/', '/x'],
  ['/foo/a%2Fb/%zz', '/foo', '/', '/a%2Fb/%zz'],
  ['*', '/', '/xyz', '*']
] as const) {
  test(`${target} with ${prefix} replaced by ${replacement} is ${edited}`, () => {
    assert.equal(replacePrefix(target, { prefix, replacement }), edited)
  })
}

test('the prefix that was taken is as the client wrote it', () => {
  assert.equal(takenPrefix('/f%69les/x?y', { prefix: '/files', replacement: '/' }), '/f%69les')
})

test('an edited path begins with one slash, and its query is untouched', () => {
  const texts = fc.string({ unit: fc.constantFrom('/', 'a', '.', '%', '2', 'F', ';', '\\'), maxLength: 12 })
  fc.assert(fc.property(texts, texts, fc.constantFrom('/', '/x', '/x/y/'), (rest, query, replacement) => {
    const edited = replacePrefix(`/foo/${rest}?${query}`, { prefix: '/foo', replacement })
    assert.match(edited, /^\/(?!\/)/)
    assert.ok(edited.endsWith(`?${query}`))
  }))
})

test('a redirect keeps path and query, and drops the port of the other scheme', () => {
  const statusCode = 308
  assert.equal(locationOf({ to: 'https', statusCode }, 'Shop.test:8080', '/a?b'), 'https://shop.test/a?b')
  assert.equal(locationOf({ to: 'https://shop.test', statusCode }, 'old.test', '/a?b'), 'https://shop.test/a?b')
  assert.equal(locationOf({ to: 'https://shop.test:8443/new/', statusCode }, 'old.test', '/a'), 'https://shop.test:8443/new/a')
  assert.equal(locationOf({ to: 'https', statusCode }, '[::1]:80', '*'), 'https://[::1]/')
})

test('a request without a host has no place to be redirected to by HTTPS: its path must not become the host', () => {
  assert.equal(locationOf({ to: 'https', statusCode: 308 }, undefined, '/evil.com/x'), undefined)
  assert.equal(locationOf({ to: 'https', statusCode: 308 }, '', '/evil.com/x'), undefined)
  assert.equal(locationOf({ to: 'https://shop.test', statusCode: 308 }, undefined, '/a'), 'https://shop.test/a')
})

test('draws are in proportion to the weights', () => {
  const shares = [{ member: 'api', weight: 95 }, { member: 'next', weight: 5 }, { member: 'none', weight: 0 }]
  const drawn = Array.from({ length: 10_000 }, (_, i) => drawShare(shares, i / 10_000, () => true))
  assert.equal(drawn.filter((member) => member === 'next').length, 500)
  assert.ok(!drawn.includes('none'))
})

test('a member that is not able passes its share to the others, and none to one without weight', () => {
  const shares = [{ member: 'a', weight: 1 }, { member: 'b', weight: 1 }, { member: 'c', weight: 0 }]
  assert.equal(drawShare(shares, 0.1, (member) => member !== 'a'), 'b')
  assert.equal(drawShare(shares, 0.1, (member) => member === 'c'), undefined)
})

test('the share of a member that is not able is divided in proportion to the weights of the others', () => {
  const shares = [{ member: 'a', weight: 50 }, { member: 'b', weight: 25 }, { member: 'c', weight: 20 }, { member: 'd', weight: 5 }]
  for (const down of ['a', 'b', 'c', 'd']) {
    const left = shares.filter(({ member }) => member !== down)
    const sum = left.reduce((total, { weight }) => total + weight, 0)
    const drawn = Array.from({ length: 10_000 }, (_, i) => drawShare(shares, (i + 0.5) / 10_000, (member) => member !== down))
    for (const { member, weight } of left) {
      const share = drawn.filter((each) => each === member).length / 10_000
      assert.ok(Math.abs(share - weight / sum) < 0.002, `${member} gets ${share} while ${down} is down`)
    }
  }
})

test('who was drawn for a member that is able stays there while another is not', () => {
  const shares = [{ member: 'a', weight: 50 }, { member: 'b', weight: 25 }, { member: 'c', weight: 25 }]
  for (let i = 0; i < 1000; i++) {
    const before = drawShare(shares, i / 1000, () => true)
    if (before !== 'a') assert.equal(drawShare(shares, i / 1000, (member) => member !== 'a'), before)
  }
})

test('where several are not able, the last one that is gets everything', () => {
  const shares = [{ member: 'a', weight: 1 }, { member: 'b', weight: 1 }, { member: 'c', weight: 1 }]
  for (let i = 0; i < 100; i++) assert.equal(drawShare(shares, i / 100, (member) => member === 'c'), 'c')
})

test('a key has one point, and keys are spread evenly', () => {
  assert.equal(pointOf('user-1'), pointOf('user-1'))
  const low = Array.from({ length: 10_000 }, (_, i) => pointOf(`user-${i}`)).filter((point) => point < 0.05).length
  assert.ok(low > 420 && low < 580, String(low))
})
