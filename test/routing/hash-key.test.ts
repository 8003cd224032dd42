import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fields } from '../../src/http/fields.ts'
import { parseHashKey } from '../../src/routing/hash-key.ts'

function keyOf (setting: string, headers: Record<string, string> = {}): string | undefined {
  const fields = Fields.from(Object.entries(headers).flat())
  return parseHashKey(setting)({ method: 'GET', target: '/a/b?c=1', version: '1.1', host: 'h', fields, isMalformed: false }, '10.0.0.1')
}

test('the key is the address, the path without its query, a header or a cookie', () => {
  assert.equal(keyOf('ip'), '10.0.0.1')
  assert.equal(keyOf('path'), '/a/b')
  assert.equal(keyOf('header:X-Tenant', { 'x-tenant': 'acme' }), 'acme')
  assert.equal(keyOf('cookie:sid', { cookie: 'xsid=1; sid=42=43; sid=44' }), '42=43')
})

test('what the request does not have is no key', () => {
  assert.equal(keyOf('header:X-Tenant'), undefined)
  assert.equal(keyOf('cookie:sid'), undefined)
  assert.equal(keyOf('cookie:sid', { cookie: 'other=1' }), undefined)
})

for (const setting of ['IP', 'header', 'header:', 'cookie:a b', 'query:x']) {
  test(`HASH_KEY=${setting} is refused`, () => {
    assert.throws(() => parseHashKey(setting), { name: 'SettingError' })
  })
}
