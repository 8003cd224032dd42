import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByServerName, dnsNamesIn } from '../../../src/downstream/tls/names.ts'

const names = new ByServerName<string>()
for (const name of ['example.com', '*.Example.com', 'shop.example.com.']) names.set(name, name)

for (const [asked, found] of [
  ['example.com', 'example.com'],
  ['EXAMPLE.com', 'example.com'],
  ['example.com.', 'example.com'],
  ['shop.example.com', 'shop.example.com.'],
  ['api.example.com', '*.Example.com'],
  ['API.example.COM.', '*.Example.com'],
  ['a.b.example.com', undefined],
  ['.example.com', undefined],
  ['*.example.com', undefined],
  ['com', undefined],
  ['example.org', undefined],
  ['127.0.0.1', undefined],
  ['', undefined]
] as const) {
  test(`a client that asks for '${asked}' gets ${found ?? 'nothing'}`, () => {
    assert.equal(names.find(asked), found)
  })
}

test('only DNS names of a subjectAltName are server names', () => {
  const text = 'DNS:A.example, DNS:*.a.example, IP Address:127.0.0.1, URI:spiffe://x, DNS:a.example'
  assert.deepEqual(dnsNamesIn(text), ['a.example', '*.a.example'])
  assert.deepEqual(dnsNamesIn('DNS:"a\\, DNS:b.example"'), [])
  assert.deepEqual(dnsNamesIn(undefined), [])
})
